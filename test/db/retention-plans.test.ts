// Each sweep finds its rows through indexes, so that what is kept costs little: asked of the databases themselves.
import t from 'tap'
import { sqltag } from '@prisma/client/runtime/client'
import type { Database, Transaction } from '../../src/db/open.ts'
import { SWEEP, SWEEPS, type SweepName } from '../../src/db/retention/sweeps.ts'
import type { Provider } from '../../src/db/target.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'

/** So many that reading a whole table is not the cheapest way; nobody counts for SQLite. */
const ROWS: Record<Provider, number> = { sqlite: 100, postgresql: 60_000 }
const LIMIT = 500
const BODY = 'x'.repeat(500)

onEachDatabase(t, 'no sweep reads a whole table', async (t, url, provider) => {
  const database = await openTestDatabase(t, url)
  await fill(database)
  for (const name of SWEEPS) {
    const plan = await planOf(database, name)
    t.notMatch(plan, provider === 'sqlite' ? /\bSCAN\b/ : /Seq Scan/, name)
  }
})

/** What the database would do for one batch of this sweep. */
async function planOf(database: Database, name: SweepName): Promise<string> {
  const { provider } = database
  const plans: string[] = []
  const cutoffs = { attempts: 1e6, audit: 1e6, idempotencyKeys: 1e6, done: 1e6, dead: 1e6, bodies: 1e6 }
  await database.transaction(async (tx) => {
    const explain = async (parts: TemplateStringsArray, ...values: unknown[]): Promise<{ row: string }[]> => {
      const { sql, text, values: given } = sqltag(parts, ...(values as never[]))
      const statement = provider === 'sqlite' ? `EXPLAIN QUERY PLAN ${sql}` : `EXPLAIN ${text}`
      const rows = await tx.$queryRawUnsafe<Record<string, unknown>[]>(statement, ...given)
      plans.push(...rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])))
      return [{ row: '(0,1)' }, { row: '(0,2)' }]
    }
    const asked = { $queryRaw: explain, $executeRaw: explain } as unknown as Transaction
    await SWEEP[name].act(asked, provider, SWEEP[name].victims({ from: 1, upTo: LIMIT, limit: LIMIT }, cutoffs))
  })
  return plans.join('\n')
}

async function fill(database: Database): Promise<void> {
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS[database.provider]})`
  const statements = [
    `INSERT INTO notificatie (id, sequence, kanaal, body, format, client_id, received_at)
     ${numbers} SELECT 'n' || i, i, 'zaken', '${BODY}', 1, 'c', i FROM n`,
    `INSERT INTO delivery_done (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, finished_at)
     ${numbers} SELECT i, 'a', 0, 'n' || i, 'delivered', 1, i FROM n`,
    `INSERT INTO delivery (sequence, abonnement_id, replay, notificatie_id, state, due_at, attempt)
     ${numbers} SELECT i, 'b', 0, 'n' || i, 0, i, 0 FROM n`,
    `INSERT INTO attempt (sequence, abonnement_id, replay, number, started_at, duration_ms, server)
     ${numbers} SELECT i, 'a', 0, 1, i, 1, 's' FROM n`,
    `INSERT INTO audit (id, at, actor, action, subject, result, detail)
     ${numbers} SELECT 'a' || i, i, '', '', '', '', '' FROM n`,
    `INSERT INTO idempotency_key (client_id, key, body_hash, notificatie_id, created_at)
     ${numbers} SELECT 'c', 'k' || i, '', '', i FROM n`,
  ]
  await database.transaction(async (tx) => {
    for (const statement of statements) await tx.$executeRawUnsafe(statement)
    if (database.provider === 'postgresql') await tx.$executeRawUnsafe('ANALYZE')
  })
}
