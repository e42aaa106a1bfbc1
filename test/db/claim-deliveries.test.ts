import t, { type Test } from 'tap'
import { bumpEpoch } from '../../src/db/catalog.ts'
import { claimDeliveries, type Claim, type ClaimLane } from '../../src/db/claim-deliveries.ts'
import { dueDeliveries } from '../../src/db/due-deliveries.ts'
import type { Database } from '../../src/db/open.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { countDeliveries, insertDeliveries } from '../support/deliveries.ts'

const NOW = 1_000_000

function lane(abonnementId: string, room: number, leasedUntilAt = NOW + 30_000): ClaimLane {
  return { abonnementId, room, leasedUntilAt }
}

function claim(database: Database, lanes: ClaimLane[], owner = 'me', now = NOW): Promise<Claim> {
  return claimDeliveries(database, { owner, now, lanes })
}

onEachDatabase(t, 'a claim leases the oldest due rows of each lane, up to its room', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const late = await insertDeliveries(database, { abonnementIds: ['a', 'b'], count: 3, now: NOW })
  const early = await insertDeliveries(database, { abonnementIds: ['a'], count: 2, now: NOW - 5 })
  await insertDeliveries(database, { abonnementIds: ['a', 'other'], count: 1, now: NOW + 1 })

  const { deliveries } = await claim(database, [lane('a', 3), lane('b', 9, NOW + 7), lane('nobody', 5)])
  const idsOf = (id: string): string[] =>
    deliveries.filter(({ abonnementId }) => abonnementId === id).map(({ notificatieId }) => notificatieId)
  t.strictSame(idsOf('a'), [...early, late[0]])
  t.strictSame(idsOf('b'), late)
  t.match(deliveries[0], {
    sequence: 4,
    replay: 0,
    attempt: 1,
    dueAt: NOW - 5,
    leasedUntilAt: NOW + 30_000,
    body: '{"number":0}',
    format: 1,
  })
  t.equal(
    deliveries.find(({ abonnementId }) => abonnementId === 'b')?.leasedUntilAt,
    NOW + 7,
    'each lane has a lease of its own length',
  )
  t.match(await countDeliveries(database), { leased: 6, ready: 4 })
  t.match(await database.reader.delivery.findFirst({ where: { state: 1 } }), { leaseOwner: 'me', attempt: 1 })
})

onEachDatabase(t, 'a claim tells the epoch of the catalog', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await insertDeliveries(database, { abonnementIds: ['a'], count: 2, now: NOW })
  const before = await claim(database, [lane('a', 1)])
  await database.transaction((tx) => bumpEpoch(tx))
  const after = await claim(database, [lane('a', 1)])
  t.equal(after.epoch, before.epoch + 1)
})

onEachDatabase(t, 'no row is leased to two owners, however many claim at once', async (t, url, provider) => {
  const database = await openTestDatabase(t, url)
  const lanes = ['a', 'b', 'c']
  await insertDeliveries(database, { abonnementIds: lanes, count: 100, now: NOW })
  // A connection pool of its own for each, as replicas have.
  const claimers = provider === 'sqlite' ? [database, database] : await openSeveral(t, url, 4)
  const claimed = await Promise.all(
    claimers.map(async (each, index) => {
      const mine: string[] = []
      for (let empty = 0; empty < 3;) {
        const { deliveries } = await claim(
          each,
          lanes.map((id) => lane(id, 7)),
          `owner-${index}`,
        )
        empty = deliveries.length === 0 ? empty + 1 : 0
        mine.push(...deliveries.map(({ sequence, abonnementId }) => `${sequence} ${abonnementId}`))
      }
      return mine
    }),
  )
  const all = claimed.flat()
  t.equal(all.length, 300, 'each row is claimed')
  t.equal(new Set(all).size, 300, 'and only once')
  t.equal(await database.reader.delivery.count({ where: { attempt: 1, state: 1 } }), 300)
})

onEachDatabase(
  t,
  'the cost of a claim does not go with the backlog: it reads the index of ready rows',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    await insertDeliveries(database, { abonnementIds: ['a', 'b'], count: 500, now: NOW })
    const plan = await explainClaim(database)
    t.match(plan, /delivery_ready_idx/)
    t.notMatch(plan, /Seq Scan on delivery|SCAN delivery\b|TEMP B-TREE/, plan)
  },
)

onEachDatabase(t, 'what is due, by abonnement', async (t, url) => {
  const database = await openTestDatabase(t, url)
  t.strictSame(await due(database), [])
  await insertDeliveries(database, { abonnementIds: ['a', 'b'], count: 2, now: NOW })
  await insertDeliveries(database, { abonnementIds: ['c'], count: 1, now: NOW + 50 })
  await insertDeliveries(database, { abonnementIds: ['b'], count: 1, now: NOW - 3 })
  t.strictSame(await due(database), [
    ['a', NOW],
    ['b', NOW - 3],
    ['c', NOW + 50],
  ])
  await claim(database, [lane('a', 9)])
  t.strictSame(
    await due(database),
    [
      ['b', NOW - 3],
      ['c', NOW + 50],
    ],
    "leased rows are nobody else's",
  )
})

onEachDatabase(t, 'what is due of an abonnement that is not simply active', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const states = [
    { abonnementId: 'paused', status: 'paused' },
    { abonnementId: 'blocked', status: 'blocked' },
    { abonnementId: 'resting', closedUntilAt: BigInt(NOW + 60) },
    { abonnementId: 'rested', closedUntilAt: BigInt(NOW - 1) },
    { abonnementId: 'open', closedUntilAt: BigInt(NOW + 9), breakerOpen: true, failingSinceAt: 7n },
  ]
  const abonnementIds = [...states.map(({ abonnementId }) => abonnementId), 'active']
  await insertDeliveries(database, { abonnementIds, count: 1, now: NOW })
  const data = states.map((state) => ({ ...state, changedAt: 1n }))
  await database.transaction((tx) => tx.abonnementState.createMany({ data }))
  const answering = { probe: false, failingSinceAt: null }
  t.strictSame(await dueDeliveries(database), [
    { abonnementId: 'active', dueAt: NOW, ...answering },
    { abonnementId: 'open', dueAt: NOW + 9, probe: true, failingSinceAt: 7 },
    { abonnementId: 'rested', dueAt: NOW, ...answering },
    { abonnementId: 'resting', dueAt: NOW + 60, ...answering },
  ])
  const { deliveries } = await claim(
    database,
    abonnementIds.map((id) => lane(id, 1)),
  )
  t.same(new Set(deliveries.map(({ abonnementId }) => abonnementId)), new Set(['active', 'rested']))
})

async function due(database: Database): Promise<(string | number)[][]> {
  return (await dueDeliveries(database)).map(({ abonnementId, dueAt }) => [abonnementId, dueAt])
}

async function openSeveral(t: Test, url: string, count: number): Promise<Database[]> {
  return Promise.all(Array.from({ length: count }, () => openTestDatabase(t, url)))
}

/** The plan of the part of a claim that finds the rows of one lane. */
async function explainClaim(database: Database): Promise<string> {
  if (database.provider === 'sqlite') {
    const rows = await database.reader.$queryRaw<{ detail: string }[]>`
      EXPLAIN QUERY PLAN SELECT rowid FROM delivery
      WHERE abonnement_id = ${'a'} AND state = 0 AND due_at <= ${NOW} ORDER BY due_at, sequence LIMIT ${8}`
    return rows.map(({ detail }) => detail).join('\n')
  }
  return database.transaction(async (tx) => {
    await tx.$executeRaw`ANALYZE delivery`
    const rows = await tx.$queryRaw<{ 'QUERY PLAN': string }[]>`
      EXPLAIN SELECT * FROM json_to_recordset(${'[{"a":"a","room":8}]'}::json) AS lane(a text, room int)
      CROSS JOIN LATERAL (
        SELECT sequence FROM delivery WHERE abonnement_id = lane.a AND state = 0 AND due_at <= ${BigInt(NOW)}
        ORDER BY due_at, sequence LIMIT lane.room FOR UPDATE SKIP LOCKED) AS due`
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  })
}
