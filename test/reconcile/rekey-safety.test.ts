import t from 'tap'
import { insertAbonnement } from '../../src/abonnementen/abonnement-rows.ts'
import { systemClock } from '../../src/common/clock.ts'
import { Secret } from '../../src/common/secret.ts'
import { readMeta } from '../../src/db/meta.ts'
import type { Database } from '../../src/db/open.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { rekeyDatabase } from '../../src/reconcile/commit-rekey.ts'
import { waitForServers } from '../../src/reconcile/wait-for-servers.ts'
import { startRuntime } from '../../src/runtime/runtime.ts'
import { loadMasterKey, newMasterKey } from '../../src/secrets/master-key.ts'
import { sealedWith } from '../../src/secrets/sealing.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { clientCredential, desired, envSecret, kanaal, wanted } from '../support/desired.ts'
import { apply, applyOptions } from '../support/reconcile.ts'

// What a rekey may meet on its way: a server that runs, and its own death.

const [oldText, newText] = [newMasterKey(), newMasterKey()]
const oldKey = loadMasterKey({ BODE_MASTER_KEY: oldText })
const newKey = loadMasterKey({ BODE_MASTER_KEY: newText })
const both = loadMasterKey({ BODE_MASTER_KEY: newText, BODE_PREVIOUS_MASTER_KEY: oldText })
const options = { audit: applyOptions.audit, clock: applyOptions.clock, lockTimeoutMs: 10_000 }
const DOCUMENT = wanted(
  [desired('gemeente', [kanaal('zaken'), clientCredential('a', [envSecret('ONE')])])],
  {},
  { masterKey: oldKey },
)

onEachDatabase(
  t,
  'a server that has both keys runs on through a rekey, and writes with the one in use',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    await apply(database, DOCUMENT)
    const runtime = await startRuntime({
      database,
      masterKey: both,
      clock: systemClock,
      logger: createLogger({ level: 'silent' }),
      server: { id: 'server-1', host: 'test', pid: 1, version: '0' },
      pollMs: 10,
      heartbeatMs: 20,
    })
    t.teardown(() => runtime.stop())
    const written = async (id: string): Promise<string> => {
      const spec = {
        callbackUrl: 'https://zac.example.nl',
        auth: { type: 'api_key' as const },
        kanalen: [],
        cloudEvents: { send: false, filters: [] },
        delivery: {},
      }
      const auth = new Secret('from the API')
      await database.transaction((tx) => insertAbonnement(tx, both, { id, owner: 'client:zac', spec, auth, now: 1 }))
      await runtime.reload()
      t.equal(runtime.snapshot().abonnementen.get(id)?.authSecret?.reveal(), 'from the API')
      return sealedWith((await database.reader.secret.findFirst({ where: { objectId: id } }))?.ciphertext ?? '')
    }
    t.equal(await written('a'), oldKey.id)
    const report = await rekeyDatabase(database, both, options)
    const servers = await waitForServers(database, report?.generation ?? 0, { timeoutMs: 10_000, clock: systemClock })
    t.match(servers, [{ id: 'server-1', state: 'ok' }])
    t.equal(runtime.snapshot().clientCredentials.get('a')?.secrets[0]?.value.reveal(), 'ONE')
    t.equal(await written('b'), newKey.id)
  },
)

onEachDatabase(t, 'a rekey that does not come to its end changes nothing', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, DOCUMENT)
  const statements = await cutOff(database, Infinity)
  t.ok(statements.count > 6)
  const before = await everyRow(database)
  for (let after = 0; after < statements.count; after += 1) {
    await t.rejects(cutOff(database, after), { message: 'cut off' })
    t.strictSame(await everyRow(database), before, `after ${after} statements`)
  }

  /** Rekeys (back and forth), and fails after so many statements of the transaction. */
  async function cutOff(real: Database, after: number): Promise<{ count: number }> {
    const made = { count: 0 }
    const failing: Database = {
      ...real,
      transaction: (work, limits) =>
        real.transaction(async (tx) => {
          const count =
            (call: (...args: unknown[]) => unknown) =>
            (...args: unknown[]) => {
              if (made.count === after) throw new Error('cut off')
              made.count += 1
              return call.apply(tx, args)
            }
          return work(
            new Proxy(tx, {
              get: (target, name) =>
                name === '$executeRaw' || name === '$queryRaw'
                  ? count(target[name] as (...args: unknown[]) => unknown)
                  : target[name as keyof typeof target],
            }),
          )
        }, limits),
    }
    const inUse = (await readMeta(real.reader, 'master_key_check'))?.split('.')[1]
    const [from, to] = inUse === oldKey.id ? [oldText, newText] : [newText, oldText]
    await rekeyDatabase(failing, loadMasterKey({ BODE_MASTER_KEY: to, BODE_PREVIOUS_MASTER_KEY: from }), options)
    return made
  }
})

async function everyRow({ reader }: Database): Promise<unknown> {
  return {
    secrets: await reader.secret.findMany(),
    secretVersions: await reader.secretVersion.findMany(),
    objectVersions: await reader.objectVersion.findMany(),
    clients: await reader.clientCredential.findMany(),
    generations: await reader.generation.findMany(),
    meta: await reader.meta.findMany(),
  }
}
