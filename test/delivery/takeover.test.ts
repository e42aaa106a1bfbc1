import t from 'tap'
import { randomUUID } from 'node:crypto'
import { claimDeliveries } from '../../src/db/claim-deliveries.ts'
import { writeServerRow } from '../../src/db/server-row.ts'
import { TestClock } from '../support/clock.ts'
import { onEachDatabase } from '../support/databases.ts'
import { countDeliveries } from '../support/deliveries.ts'
import { engineWorld, type EngineWorld } from '../support/engine.ts'
import { Receiver } from '../support/receiver.ts'

/** Leases `count` rows of abonnement `a` as a server that then vanishes. */
async function claimAndVanish(world: EngineWorld, count: number, leaseMs: number): Promise<string> {
  const owner = randomUUID()
  const now = world.clock.now()
  const lanes = [{ abonnementId: 'a', room: count, leasedUntilAt: now + leaseMs }]
  await claimDeliveries(world.database, { owner, now, lanes })
  return owner
}

onEachDatabase(t, 'what a dead process had leased is delivered by the next one', async (t, url, provider) => {
  const receiver = await Receiver.start(t)
  const clock = new TestClock()
  const dead = await engineWorld(t, url, { clock, start: false })
  await dead.publish(5, 'a')
  const owner = await claimAndVanish(dead, 3, 30_000)
  await writeServerRow(dead.database, { ...SERVER, id: owner }, clock.now())

  // On SQLite at once: there is one server. On PostgreSQL when its heartbeat is old, before its lease ends.
  if (provider === 'postgresql') clock.advance(15_001)
  const world = await engineWorld(t, url, { clock, start: false })
  world.subscribe('a', receiver.url)
  await world.engine.start()
  t.match(await world.drained(), { done: { delivered: 5 }, attempts: 5 })
  const attempts = receiver.requests.map(({ headers }) => headers['webhook-attempt'])
  t.strictSame(attempts.filter((attempt) => attempt === '2').length, 3, 'an attempt that may have been sent counts')
})

onEachDatabase(t, 'a lease that ended is taken over by a running server', async (t, url) => {
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url, { settings: { reclaimEveryMs: 10 } })
  world.subscribe('a', receiver.url)
  const silent = await engineWorld(t, url, { clock: world.clock, start: false })
  await silent.publish(2, 'a')
  await claimAndVanish(silent, 9, 1_000)
  await world.until(async () => (await countDeliveries(world.database)).leased <= 2, 'leased')
  world.clock.advance(1_001)
  t.match(await world.drained(), { done: { delivered: 2 } })
  t.ok(world.engine.counters().reclaimed <= 2)
})

onEachDatabase(t, 'an outcome that comes after the lease was lost overwrites nothing', async (t, url) => {
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url)
  world.subscribe('a', receiver.url)
  receiver.answer('hang')
  await world.publish(1, 'a')
  await receiver.received(1)
  // Somebody else takes the row over while the first request still hangs.
  await world.database.transaction((tx) => tx.delivery.updateMany({ data: { leaseOwner: 'other', attempt: 2 } }))
  receiver.answer({ status: 204 })
  receiver.breakConnections()
  await world.until(() => world.engine.counters().lost === 1, 'the loss is counted')
  t.strictSame(await countDeliveries(world.database), { ready: 0, leased: 1, done: {}, attempts: 0 })
  t.match(await world.database.reader.delivery.findFirst(), { leaseOwner: 'other', attempt: 2 })
  t.match(
    world.log.find(({ level, msg }) => level === 'warn' && msg !== 'attempt'),
    { msg: /lease lost/, abonnementId: 'a' },
  )
})

onEachDatabase(t, 'an attempt does not start when too little of the lease is left', async (t, url) => {
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url, { delivery: { maxConcurrency: 1 } })
  world.subscribe('a', receiver.url)
  receiver.answer(() => {
    // The first takes so long that the lease of the one waiting behind it is nearly over.
    if (receiver.requests.length === 1) world.clock.advance(15_001)
    return { status: 204 }
  })
  await world.publish(2, 'a')
  t.match(await world.drained(), { done: { delivered: 2 }, attempts: 2 })
  t.equal(world.engine.counters().released, 1)
  t.equal(receiver.requests[1]?.headers['webhook-attempt'], '1', 'and it did not count')
})

onEachDatabase(
  t,
  'a stop lets what is in flight end, gives back what waits, and loses or repeats nothing',
  async (t, url) => {
    const receiver = await Receiver.start(t)
    const clock = new TestClock()
    const first = await engineWorld(t, url, { clock })
    first.subscribe('a', receiver.url)
    receiver.answer({ status: 200, delayMs: 50 })
    const ids = await first.publish(40, 'a')
    await receiver.received(4)
    await first.engine.stop(10_000)
    t.equal(first.engine.inFlight(), 0)
    const between = await countDeliveries(first.database)
    t.equal(between.leased, 0, 'no lease is left')
    t.equal(between.ready + (between.done['delivered'] ?? 0), 40, 'conservation')
    t.equal(between.done['delivered'], receiver.requests.length)

    first.engine.nudge(['a'])
    const second = await engineWorld(t, url, { clock })
    second.subscribe('a', receiver.url)
    second.engine.nudge()
    t.match(await second.drained(), { done: { delivered: 40 }, attempts: 40 })
    t.equal(receiver.requests.length, 40, 'each exactly once')
    t.same(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])), new Set(ids))
  },
)

onEachDatabase(t, 'what does not end within the grace is given up and released uncounted', async (t, url) => {
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url)
  world.subscribe('a', receiver.url)
  receiver.answer('hang')
  await world.publish(10, 'a')
  await receiver.received(8)
  await world.engine.stop(10)
  t.strictSame(await countDeliveries(world.database), { ready: 10, leased: 0, done: {}, attempts: 0 })
  t.equal(await world.database.reader.delivery.count({ where: { attempt: 0 } }), 10)
})

void t.test('two replicas share the work, and each message goes out once', async (t) => {
  onEachDatabase(t, 'replicas', async (t, url, provider) => {
    if (provider === 'sqlite') return
    const receiver = await Receiver.start(t)
    receiver.answer({ status: 200, delayMs: 2 })
    const clock = new TestClock()
    const replicas = [await engineWorld(t, url, { clock }), await engineWorld(t, url, { clock })]
    for (const replica of replicas) replica.subscribe('a', receiver.url)
    await replicas[0]?.publish(200, 'a')
    t.match(await replicas[0]?.drained(), { done: { delivered: 200 }, attempts: 200 })
    t.equal(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size, 200)
    t.equal(receiver.requests.length, 200)
    const shares = replicas.map(({ engine }) => engine.counters().delivered)
    t.ok(
      shares.every((share) => share > 0),
      `NOTIFY woke the other one: ${shares.join(' and ')}`,
    )
  })
})

const SERVER = { host: 'h', pid: 1, version: '1', startedAt: 0, generation: 0, state: 'ok', reason: null } as const
