// Operators look at millions of rows beside a server that is at work: what a list reads must not grow with history.
import { createRequire } from 'node:module'
import { sqltag } from '@prisma/client/runtime/client'
import t from 'tap'
import type { DeliveryFilter } from '../../src/common/deliveries.ts'
import { WINDOW_ROWS } from '../../src/db/deliveries/parts.ts'
import { listDeliveries } from '../../src/db/deliveries/list-deliveries.ts'
import { nextCandidates } from '../../src/db/deliveries/replay-candidates.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { acceptMany, DEAD, operationsWorld } from '../support/operations.ts'
import { onEachStatement, statementsOf } from '../support/statements.ts'

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

  t.match(
    await list({}),
    /S(?:CAN|EARCH) row USING INDEX sqlite_autoindex_delivery_done_1/,
    'by the key, up to the limit',
  )
  for (const filter of [{ outcome: 'dead' }, { outcome: 'dead', abonnement: 'zac' }] as const) {
    const plan = await list(filter)
    t.match(plan, /USING INDEX delivery_done_dead_key_idx/)
    t.notMatch(plan, /TEMP B-TREE/, 'in their order')
  }
  t.match(
    await list({ outcome: 'delivered', abonnement: 'zac' }),
    /S(?:CAN|EARCH) row USING INDEX sqlite_autoindex_delivery_done_1/,
  )
  t.match(await list({ notificatie: 'n1' }), /\(sequence=\?/)
  t.match(await plansOf(() => operations.status()), /delivery_done_dead_key_idx/)
  t.match(await plansOf(() => operations.countReplay({})), /delivery_done_dead_key_idx/)
  for (const each of [await list({ outcome: 'delivered', from }), await list({ outcome: 'dead', from })]) {
    t.match(each, /delivery_done_dead_key_idx|sqlite_autoindex_delivery_done_1/)
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

onEachDatabase(
  t,
  'a list and a count find the few among a long history, and let others have their turn',
  async (t, url, provider) => {
    const world = await operationsWorld(t, url)
    const { database, operations } = world
    await world.subscribe('gzac', 'zac')
    await world.accept(['zac'])
    await world.work(() => ({}))
    // Two runs of each, and two abonnementen: a window may end anywhere in between.
    const last = 3 * WINDOW_ROWS
    await database.transaction(
      (tx) => tx.$executeRaw`
      WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < ${last})
      INSERT INTO delivery_done
        (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, finished_at, last_status)
      SELECT i / 4, CASE WHEN i % 4 < 2 THEN 'id-gzac' ELSE 'id-zac' END, i % 2, 'n1', 'delivered', 1, 1,
        CASE WHEN i IN (21, ${last / 2 + 1}, ${last - 1}) THEN 207 ELSE 204 END FROM n`,
    )
    const from = '2000-01-01T00:00:00Z'
    const few = { outcome: 'delivered', status: '207' } as const
    const turns = await turnsOf('row.reason', async () => {
      const page = await operations.list(few, { limit: 50 })
      t.strictSame(
        page.deliveries.map(({ id }) => id),
        [last - 1, last / 2 + 1, 21].map((i) => `${Math.floor(i / 4)}.id-${i % 4 < 2 ? 'gzac' : 'zac'}`),
      )
    })
    t.match(await operations.countReplay({ ...few, from }), { total: 3 })
    t.match((await operations.countReplay({ outcome: 'delivered', from })).abonnementen, [
      { name: 'gzac' },
      { name: 'zac' },
    ])
    const all: string[] = []
    for (let after: string | undefined; ;) {
      const { deliveries, next } = await operations.list({}, { limit: 1_000, after })
      all.push(...deliveries.map(({ id }) => id))
      if (next === null) break
      after = next
    }
    const [{ count } = { count: 0n }] = await database.reader.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) AS count FROM (SELECT DISTINCT sequence, abonnement_id FROM delivery_done) AS each`
    t.equal(new Set(all).size, all.length, 'none twice')
    t.equal(all.length, Number(count), 'and none left out')
    if (provider === 'sqlite') {
      t.ok(turns.length >= 3, 'a statement for each window')
      t.equal(new Set(turns).size, turns.length, 'each in a turn of its own')
    }
  },
)

onEachDatabase(t, 'what waits and what died is read in windows too', async (t, url, provider) => {
  const world = await operationsWorld(t, url)
  const { database, operations } = world
  await world.subscribe('gzac', 'zac')
  await world.accept(['zac'])
  const many = 2 * WINDOW_ROWS + 10
  const numbers = sqltag`WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= ${many})`
  await database.transaction(async (tx) => {
    await tx.$executeRaw`
      ${numbers} INSERT INTO notificatie (id, sequence, kanaal, body, format, client_id, received_at)
      SELECT 'many' || i, i, 'zaken', '{}', 1, 'open-zaak', 1 FROM n`
    await tx.$executeRaw`
      ${numbers} INSERT INTO delivery (sequence, abonnement_id, replay, notificatie_id, state, due_at, attempt)
      SELECT i, 'id-zac', 0, 'many' || i, CASE WHEN i = 3 THEN 2 ELSE 0 END, i, 0 FROM n`
    await tx.$executeRaw`
      ${numbers} INSERT INTO delivery_done
        (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, finished_at, last_status)
      SELECT i, 'id-gzac', 0, 'many' || i, 'dead', 1, 1, CASE WHEN i = 4 THEN 410 ELSE 503 END FROM n`
  })
  const idsOf = async (filter: DeliveryFilter) =>
    (await operations.list(filter, { limit: 50 })).deliveries.map(({ id }) => id)
  const cases: [name: string, statement: string, work: () => Promise<unknown>, found: unknown][] = [
    ['a list of what waits', 'row.due_at', () => idsOf({ outcome: 'held' }), ['3.id-zac']],
    ['a list of dead letters', 'row.reason', () => idsOf({ outcome: 'dead', status: '410' }), ['4.id-gzac']],
    ['a count of dead letters', 'min(row.sequence)', () => operations.countReplay({}), { total: many }],
    [
      'the state of all',
      'GROUP BY row.abonnement_id',
      () => operations.status(),
      [
        { abonnement: { name: 'gzac' }, ready: 0, held: 0, dead: many, oldestDue: null },
        { abonnement: { name: 'zac' }, ready: many, held: 1, dead: 0, oldestDue: '1970-01-01T00:00:00.002Z' },
      ],
    ],
  ]
  for (const [name, statement, work, found] of cases) {
    const turns = await turnsOf(statement, async () => t.match(await work(), found, name))
    if (provider === 'sqlite') {
      t.ok(turns.length >= 3, `${name}: a statement for each window`)
      t.equal(new Set(turns).size, turns.length, `${name}: each in a turn of its own`)
    }
  }
})

onEachDatabase(t, 'a delivery that settles while it is listed is listed once, as it ended', async (t, url) => {
  const world = await operationsWorld(t, url)
  await world.subscribe('zac')
  await acceptMany(world, 3)
  const { database } = world
  // Settles them all as soon as they were read as unfinished.
  const reader = new Proxy(database.reader, {
    get: (client, property) =>
      property !== '$queryRaw'
        ? Reflect.get(client, property)
        : async (...args: Parameters<typeof client.$queryRaw>) => {
            const rows = await client.$queryRaw<object[]>(...args)
            if (rows.some((row) => 'due_at' in row)) await world.work(() => ({}))
            return rows
          },
  })
  const found = await listDeliveries({ ...database, reader }, {}, { limit: 10 })
  t.strictSame(
    found.map(({ sequence, state }) => [sequence, state]),
    [3, 2, 1].map((sequence) => [sequence, 'delivered']),
  )
})

/** In which turn of the event loop each statement with these words was sent. */
async function turnsOf(words: string, work: () => Promise<unknown>): Promise<number[]> {
  const turns: number[] = []
  let turn = 0
  const count = (): void => {
    turn += 1
    next = setImmediate(count)
  }
  let next = setImmediate(count)
  const stop = onEachStatement((sql) => {
    if (sql.includes(words)) turns.push(turn)
  })
  try {
    await work()
  } finally {
    stop()
    clearImmediate(next)
  }
  return turns
}
