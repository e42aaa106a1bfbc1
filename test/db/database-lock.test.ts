import t from 'tap'
import { holdDatabaseLock } from '../../src/db/database-lock.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { query } from '../support/postgres.ts'
import { until } from '../support/server.ts'

onEachDatabase(t, 'a lock is held by one at a time', async (t, url) => {
  const held = await holdDatabaseLock(url, 'migrate', { waitMs: 0 })
  await t.rejects(holdDatabaseLock(url, 'migrate', { waitMs: 0 }), { name: 'Failure', kind: 'locked' })
  await held.release()
  const next = await holdDatabaseLock(url, 'migrate', { waitMs: 0 })
  await next.release()
})

void t.test('who loses his connection loses the lock, and nothing else', async (t) => {
  const url = await freshDatabaseUrl(t, 'postgresql')
  const held = await holdDatabaseLock(url, 'migrate', { waitMs: 0 })
  const backends = `FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'bode migrate'`
  await query(url, `SELECT pg_terminate_backend(pid) ${backends}`)
  await until(async () => (await query(url, `SELECT 1 ${backends}`)).length === 0)
  const next = await holdDatabaseLock(url, 'migrate', { waitMs: 1_000 })
  await held.release()
  await next.release()
})

void t.test('a PostgreSQL that is not there, or has no such database, is said at once', async (t) => {
  const url = await freshDatabaseUrl(t, 'postgresql')
  for (const wrong of ['postgresql://127.0.0.1:1/none', `${url}_none`]) {
    await t.rejects(holdDatabaseLock(wrong, 'migrate', { waitMs: 60_000 }), { code: /ECONNREFUSED|3D000/ })
  }
})
