// Operators look at millions of rows beside a server that is at work: what a list reads must not grow with history.
import { createRequire } from 'node:module'
import t from 'tap'
import type { DeliveryFilter } from '../../src/common/deliveries.ts'
import { nextCandidates } from '../../src/db/deliveries/replay-candidates.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { acceptMany, DEAD, operationsWorld } from '../support/operations.ts'
import { statementsOf } from '../support/statements.ts'

type Sqlite = {
  prepare(sql: string): { all(...values: unknown[]): { detail: string }[] }
  close(): void
}
// It comes without types.
const Database = createRequire(import.meta.url)('better-sqlite3') as new (file: string) => Sqlite

void t.test('lists, counts and steps of a replay read by an index, and the dead by their own (sqlite)', async (t) => {
  const url = await freshDatabaseUrl(t, 'sqlite')
  const world = await operationsWorld(t, url)
  const { operations } = world
  await world.subscribe('zac')
  const sqlite = new Database(url.slice('file:'.length))
  t.teardown(() => sqlite.close())

  /** How SQLite reads the ended deliveries (`row`) in what `work` asks. */
  const plansOf = async (work: () => Promise<unknown>): Promise<string> => {
    const statements = (await statementsOf(work)).filter((sql) => sql.includes('delivery_done AS row'))
    return statements
      .flatMap((sql) => sqlite.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(sql.match(/\?/g) ?? []).map(() => 1)))
      .map(({ detail }) => detail)
      .filter((detail) => /\brow\b|TEMP B-TREE/.test(detail))
      .join('; ')
  }
  const list = (filter: DeliveryFilter) => plansOf(() => operations.list(filter, { limit: 50 }))
  const from = '2026-11-23T09:00:00Z'

  t.match(await list({}), /SCAN row USING INDEX sqlite_autoindex_delivery_done_1/, 'by the key, up to the limit')
  t.match(await list({ outcome: 'dead' }), /USING INDEX delivery_done_dead_idx/)
  t.match(await list({ outcome: 'dead', abonnement: 'zac' }), /delivery_done_dead_idx \(abonnement_id=\?\)/)
  t.match(
    await list({ outcome: 'delivered', abonnement: 'zac' }),
    /SCAN row USING INDEX sqlite_autoindex_delivery_done_1/,
  )
  t.match(await list({ notificatie: 'n1' }), /\(sequence=\?/)
  t.match(await plansOf(() => operations.status()), /delivery_done_dead_idx/)
  t.match(await plansOf(() => operations.countReplay({})), /delivery_done_dead_idx/)
  for (const each of [await list({ outcome: 'delivered', from }), await list({ outcome: 'dead', from })]) {
    t.match(each, /delivery_done_dead_idx|sqlite_autoindex_delivery_done_1/)
  }

  // A replay of one abonnement reads a window of the key too, in its order.
  await acceptMany(world, 3)
  await world.work(() => DEAD)
  const scope = { asked: {}, which: { abonnementId: 'id-zac' }, bounds: { after: 0, before: 9 }, endedBy: 9e15 }
  for (const cursor of [null, { sequence: 1, abonnementId: 'id-zac', at: 0 }]) {
    const step = await plansOf(() => nextCandidates(world.database, { scope, cursor }, 50))
    t.match(step, /SEARCH row USING INDEX sqlite_autoindex_delivery_done_1/)
    t.notMatch(step, /finished_at_idx|TEMP B-TREE/)
  }
})
