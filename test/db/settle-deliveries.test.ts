import t from 'tap'
import { claimDeliveries, type ClaimedDelivery } from '../../src/db/claim-deliveries.ts'
import type { Database } from '../../src/db/open.ts'
import { reclaimAllDeliveries, reclaimDeliveries } from '../../src/db/reclaim-deliveries.ts'
import { releaseDeliveries } from '../../src/db/release-deliveries.ts'
import { settleDeliveries } from '../../src/db/settle-deliveries.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { countDeliveries, insertDeliveries, settlementOf } from '../support/deliveries.ts'

const NOW = 1_000_000

async function claimed(database: Database, count: number, owner = 'me'): Promise<ClaimedDelivery[]> {
  const lanes = [{ abonnementId: 'a', room: count, leasedUntilAt: NOW + 30_000 }]
  return (await claimDeliveries(database, { owner, now: NOW, lanes })).deliveries
}

async function withClaim(database: Database, count: number): Promise<ClaimedDelivery[]> {
  await insertDeliveries(database, { abonnementIds: ['a'], count, now: NOW })
  return claimed(database, count)
}

onEachDatabase(t, 'each outcome of a group is written, in any order', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const [delivered, dead, cancelled, retry] = (await withClaim(database, 4)) as [
    ClaimedDelivery,
    ClaimedDelivery,
    ClaimedDelivery,
    ClaimedDelivery,
  ]
  const failed = { startedAt: 5, durationMs: 3.6, status: null, error: 'timeout' }
  const settlements = [
    settlementOf(retry, { outcome: 'retry', dueAt: NOW + 25_000, tried: failed }),
    settlementOf(dead, { outcome: 'dead', reason: 'status 500', tried: { ...failed, status: 500, error: null } }),
    settlementOf(cancelled, { outcome: 'cancelled', reason: 'abonnement deleted', tried: null }),
    settlementOf(delivered),
  ]
  t.strictSame(await settleDeliveries(database, { owner: 'me', now: NOW + 1, settlements }), [true, true, true, true])

  const done = await database.reader.deliveryDone.findMany({ orderBy: { sequence: 'asc' } })
  t.match(done, [
    { outcome: 'delivered', attempts: 1, lastStatus: 204, reason: null, finishedAt: BigInt(NOW + 1) },
    { outcome: 'dead', attempts: 1, lastStatus: 500, reason: 'status 500' },
    { outcome: 'cancelled', attempts: 0, lastStatus: null, reason: 'abonnement deleted' },
  ])
  t.equal(done[0]?.notificatieId, delivered.notificatieId)
  t.match(await database.reader.delivery.findMany(), [
    { state: 0, attempt: 1, dueAt: BigInt(NOW + 25_000), leaseOwner: null, leasedUntilAt: null },
  ])
  t.match(await database.reader.attempt.findMany({ orderBy: { sequence: 'asc' } }), [
    { number: 1, startedAt: 1_000n, durationMs: 12, status: 204, error: null, server: 'me' },
    { number: 1, startedAt: 5n, durationMs: 4, status: 500, error: null },
    { number: 1, startedAt: 5n, durationMs: 4, status: null, error: 'timeout' },
  ])
})

onEachDatabase(t, 'a settle by anybody but the holder of the lease changes nothing', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const [first] = await withClaim(database, 1)
  const settle = (owner: string, attempt: number, outcome: 'delivered' | 'retry') =>
    settleDeliveries(database, {
      owner,
      now: NOW,
      settlements: [settlementOf(first as ClaimedDelivery, { attempt, outcome, dueAt: 1 })],
    })
  const untouched = async (why: string): Promise<void> => {
    t.match(await countDeliveries(database), { leased: 1, ready: 0, done: {}, attempts: 0 }, why)
    t.match(await database.reader.delivery.findFirst(), { dueAt: BigInt(NOW) }, why)
  }
  for (const outcome of ['delivered', 'retry'] as const) {
    t.strictSame(await settle('somebody', 1, outcome), [false])
    await untouched('another owner')
    t.strictSame(await settle('me', 2, outcome), [false])
    await untouched('another attempt')
  }
  // Taken over by myself after my lease ended: the owner is the same, the attempt is not.
  await reclaimDeliveries(database, { now: NOW + 30_001, deadBefore: 0 })
  t.strictSame(await settle('me', 1, 'delivered'), [false], 'not leased at all')
  await claimed(database, 1)
  t.strictSame(await settle('me', 1, 'delivered'), [false])
  await untouched('a later lease of my own')
  t.strictSame(await settle('me', 2, 'delivered'), [true])
  t.match(await countDeliveries(database), { leased: 0, ready: 0, done: { delivered: 1 }, attempts: 1 })
  t.strictSame(await settle('me', 2, 'delivered'), [false], 'settled twice')
})

onEachDatabase(t, 'a lost lease among others costs only itself', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const deliveries = await withClaim(database, 3)
  const settlements = deliveries.map((delivery, index) => settlementOf(delivery, index === 1 ? { attempt: 9 } : {}))
  t.strictSame(await settleDeliveries(database, { owner: 'me', now: NOW, settlements }), [true, false, true])
  t.match(await countDeliveries(database), { leased: 1, done: { delivered: 2 }, attempts: 2 })
})

onEachDatabase(t, 'a released lease is as if it had never been taken', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const leases = await withClaim(database, 3)
  t.equal(await releaseDeliveries(database, { owner: 'somebody', leases }), 0)
  t.equal(await releaseDeliveries(database, { owner: 'me', leases: [] }), 0)
  t.equal(await releaseDeliveries(database, { owner: 'me', leases: leases.slice(1) }), 2)
  t.match(await countDeliveries(database), { ready: 2, leased: 1 })
  t.match(await database.reader.delivery.findMany({ where: { state: 0 } }), [
    { attempt: 0, dueAt: BigInt(NOW), leaseOwner: null, leasedUntilAt: null },
    { attempt: 0 },
  ])
  t.match(await claimed(database, 9), [{ attempt: 1 }, { attempt: 1 }])
})

onEachDatabase(
  t,
  'ended leases and those of servers that died are ready again, the attempt counted',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    await withClaim(database, 1)
    const server = { host: 'h', pid: 1, version: '1', startedAt: 0n, generation: 0, state: 'ok' }
    await database.transaction(async (tx) => {
      await tx.server.create({ data: { ...server, id: 'dead', seenAt: BigInt(NOW - 1) } })
      await tx.server.create({ data: { ...server, id: 'alive', seenAt: BigInt(NOW) } })
    })
    await insertDeliveries(database, { abonnementIds: ['a'], count: 2, now: NOW })
    await claimed(database, 1, 'dead')
    await claimed(database, 1, 'alive')

    t.strictSame(await reclaimDeliveries(database, { now: NOW, deadBefore: NOW }), ['a'], 'of the dead server')
    t.match(await countDeliveries(database), { ready: 1, leased: 2 })
    t.match(await claimed(database, 9, 'other'), [{ attempt: 2 }])
    t.strictSame(
      await reclaimDeliveries(database, { now: NOW + 30_000, deadBefore: NOW }),
      [],
      'a lease holds to its end',
    )
    t.equal((await reclaimDeliveries(database, { now: NOW + 30_001, deadBefore: NOW })).length, 3)
    t.match(await countDeliveries(database), { ready: 3, leased: 0 })
  },
)

onEachDatabase(t, 'at the start of the only server every lease is void', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await withClaim(database, 3)
  t.equal(await reclaimAllDeliveries(database), 3)
  t.match(await countDeliveries(database), { ready: 3, leased: 0 })
})
