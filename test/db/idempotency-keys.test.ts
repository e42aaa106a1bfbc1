import t from 'tap'
import { findIdempotencyKeys, insertIdempotencyKeys } from '../../src/db/idempotency-keys.ts'
import { freshDatabaseUrl, openTestDatabase } from '../support/databases.ts'

const NOW = 1_700_000_000_000

void t.test('two accepts with the same keys in opposite order wait for each other instead of a deadlock', async (t) => {
  const url = await freshDatabaseUrl(t, 'postgresql')
  const databases = await Promise.all([openTestDatabase(t, url), openTestDatabase(t, url)])
  for (let round = 0; round < 10; round += 1) {
    const keys = Array.from({ length: 1_000 }, (_, index) => {
      return { clientId: 'c', key: `${round}-${index}`, bodyHash: 'h', notificatieId: 'n' }
    })
    const accepts = databases.map((database, index) =>
      database.transaction((tx) =>
        insertIdempotencyKeys(tx, 'postgresql', index === 0 ? keys : keys.toReversed(), NOW),
      ),
    )
    t.equal((await Promise.all(accepts)).filter((written) => written).length, 1)
  }
  t.equal((await findIdempotencyKeys(databases[0], [{ clientId: 'c', key: '0-0', bodyHash: '' }], NOW)).length, 1)
})
