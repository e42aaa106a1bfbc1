import t from 'tap'
import { Secret } from '../../src/common/secret.ts'
import { rekeyDatabase } from '../../src/reconcile/commit-rekey.ts'
import { refreshSecrets } from '../../src/reconcile/commit-refresh.ts'
import { loadMasterKey, newMasterKey } from '../../src/secrets/master-key.ts'
import { sealedWith } from '../../src/secrets/sealing.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { clientCredential, desired, envSecret, wanted } from '../support/desired.ts'
import { apply, applyOptions } from '../support/reconcile.ts'

for (const moment of ['reference IS NOT NULL', 'FROM meta']) {
  onEachDatabase(
    t,
    `a refresh writes nothing with the old key when a rekey comes before it reads ${moment}`,
    async (t, url) => {
      const [oldText, newText] = [newMasterKey(), newMasterKey()]
      const oldKey = loadMasterKey({ BODE_MASTER_KEY: oldText })
      const both = loadMasterKey({ BODE_MASTER_KEY: newText, BODE_PREVIOUS_MASTER_KEY: oldText })
      const database = await openTestDatabase(t, url)
      const document = desired('gemeente', [clientCredential('a', [envSecret('ONE')])])
      await apply(database, wanted([document], {}, { masterKey: oldKey }))

      let rekeyed = false
      const reader = new Proxy(database.reader, {
        get: (target, name) => {
          if (name !== '$queryRaw') return Reflect.get(target, name) as unknown
          return async (...query: Parameters<typeof target.$queryRaw>) => {
            if (JSON.stringify(query).includes(moment) && !rekeyed) {
              rekeyed = true
              await rekeyDatabase(database, both, applyOptions)
            }
            return target.$queryRaw(...query)
          }
        },
      })
      const refreshing = refreshSecrets(
        { ...database, reader },
        {
          masterKey: both,
          read: async () => ({ secret: new Secret('ONE'), warnings: [] }),
          actor: 'test',
          clock: applyOptions.clock,
          onAudited: () => {},
        },
      )
      t.match(await refreshing, { generation: undefined, addresses: [] })
      t.ok(rekeyed)
      const [secret] = await database.reader.secret.findMany()
      t.equal(sealedWith(secret?.ciphertext ?? ''), both.id)
      t.match(await database.reader.generation.findMany({ where: { operation: 'refresh' } }), [])
    },
  )
}
