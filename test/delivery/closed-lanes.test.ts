// I10, and what keeps a lane closed: breaker, rest, block, pause. The clock moves by hand.
import t from 'tap'
import { DEFAULT_SETTINGS } from '../../src/common/model.ts'
import { claimDeliveries } from '../../src/db/claim-deliveries.ts'
import { cancelDeliveries } from '../../src/db/cancel-deliveries.ts'
import type { DeliveryStore } from '../../src/db/delivery-store.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { countDeliveries } from '../support/deliveries.ts'
import { engineWorld, type EngineWorld } from '../support/engine.ts'
import { Receiver } from '../support/receiver.ts'

async function attempted(world: EngineWorld, count: number): Promise<void> {
  await world.until(async () => (await countDeliveries(world.database)).attempts === count, `${count} attempts`)
  await world.until(async () => (await countDeliveries(world.database)).leased === 0, 'none under way')
}

onEachDatabase(
  t,
  'I10: an open breaker lets one probe through per cooldown, and costs nobody else an attempt',
  async (t, url) => {
    const receiver = await Receiver.start(t)
    const world = await engineWorld(t, url)
    world.subscribe('a', receiver.url)
    receiver.answer({ status: 500 })
    await world.publish(100, 'a')
    await world.until(() => world.log.some(({ msg }) => msg === 'subscriber fails: left alone for a while'), 'open')
    await world.until(async () => (await countDeliveries(world.database)).leased === 0, 'none under way')
    const opening = receiver.requests.length
    t.ok(opening >= 5 && opening <= 12, `${opening} attempts to find out`)

    for (let probe = 1; probe <= 4; probe += 1) {
      const { closedUntilAt } = await world.database.reader.abonnementState.findUniqueOrThrow({
        where: { abonnementId: 'a' },
      })
      world.advance(Number(closedUntilAt) - world.clock.now() - 1)
      await new Promise((resolve) => setTimeout(resolve, 30))
      t.equal(receiver.requests.length, opening + probe - 1, 'not a moment earlier')
      world.advance(1)
      await attempted(world, opening + probe)
    }
    const untouched = await world.database.reader.delivery.count({ where: { failures: 0 } })
    t.equal(untouched, 100 - opening - 4, 'all that did not go keep their attempts')

    receiver.answer({ status: 204, delayMs: 5 })
    world.advance(300_000)
    await world.until(() => world.log.some(({ msg }) => msg === 'subscriber answers again'), 'closed')
    for (let left = 1; left > 0; left = await world.database.reader.delivery.count()) {
      world.advance(600_000)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    t.match(await countDeliveries(world.database), { done: { delivered: 100 } }, 'nothing is lost')
    t.ok(receiver.maxInFlight <= 8, `${receiver.maxInFlight} at once after the recovery`)
  },
)

onEachDatabase(t, 'a message that no one can digest ends by its own schedule and holds up nobody', async (t, url) => {
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url)
  world.subscribe('a', receiver.url)
  receiver.answer({ status: 500 })
  const [poison] = await world.publish(1, 'a')
  for (let tried = 1; tried <= 6; tried += 1) {
    await attempted(world, tried)
    world.advance(tried < 6 ? 53_000_000 : 300_000)
  }
  t.match(await world.database.reader.abonnementState.findFirst(), { breakerOpen: true })
  receiver.answer(({ headers }) => ({ status: headers['webhook-id'] === poison ? 500 : 204 }))
  await world.publish(1, 'a')
  await world.until(async () => (await countDeliveries(world.database)).done['delivered'] === 1, 'the good one')
  t.match(await world.database.reader.abonnementState.findFirst(), { breakerOpen: false, closedUntilAt: 0n })
  world.advance(53_000_000)
  await attempted(world, 8)
  world.advance(53_000_000)
  t.match(await world.drained(), { done: { delivered: 1, dead: 1 } })
  t.match(await world.database.reader.deliveryDone.findFirst({ where: { outcome: 'dead' } }), { attempts: 8 })
})

onEachDatabase(t, 'I9: Retry-After rests the whole lane, and costs what waits no attempt', async (t, url) => {
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url, { delivery: { maxConcurrency: 1 } })
  world.subscribe('a', receiver.url)
  receiver.answer({ status: 429, headers: { 'retry-after': '120' } })
  await world.publish(10, 'a')
  await attempted(world, 1)
  world.advance(119_999)
  await new Promise((resolve) => setTimeout(resolve, 30))
  t.equal(receiver.requests.length, 1)
  t.equal(await world.database.reader.delivery.count({ where: { attempt: 0 } }), 9)
  receiver.answer({ status: 204 })
  world.advance(1)
  t.match(await world.drained(), { done: { delivered: 10 } })
  t.ok(
    receiver.requests
      .slice(1)
      .every(
        ({ headers }) =>
          headers['webhook-attempt'] ===
          (headers['webhook-id'] === receiver.requests[0]?.headers['webhook-id'] ? '2' : '1'),
      ),
  )
})

onEachDatabase(
  t,
  '410 blocks the abonnement: its rows are kept, uncounted, until it is active again',
  async (t, url) => {
    const receiver = await Receiver.start(t)
    const world = await engineWorld(t, url, { delivery: { maxConcurrency: 1 } })
    world.subscribe('a', receiver.url)
    receiver.answer({ status: 410 })
    await world.publish(5, 'a')
    await attempted(world, 1)
    t.match(await world.database.reader.abonnementState.findFirst(), {
      status: 'blocked',
      reason: /410/,
      changedBy: 'bode',
    })
    for (let day = 0; day < 3; day += 1) {
      world.advance(86_400_000)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    t.equal(receiver.requests.length, 1)
    t.match(await countDeliveries(world.database), { ready: 5, done: {} })
    t.equal(await world.database.reader.delivery.count({ where: { failures: 0 } }), 5)
    receiver.answer({ status: 204 })
    await world.database.transaction((tx) => tx.abonnementState.deleteMany())
    world.advance(1)
    t.match(await world.drained(), { done: { delivered: 5 } })
  },
)

onEachDatabase(t, 'what a claim brings that began before the lane was closed goes back', async (t, url) => {
  const receiver = await Receiver.start(t)
  let handOver = (): void => {}
  const slow = new Promise<void>((resolve) => (handOver = resolve))
  let claims = 0
  const between = (store: DeliveryStore): DeliveryStore => ({
    ...store,
    claim: async (request) => {
      const claim = await store.claim(request)
      if (claim.deliveries.length > 0 && (claims += 1) === 2) await slow
      return claim
    },
  })
  const world = await engineWorld(t, url, { between })
  world.subscribe('a', receiver.url)
  receiver.answer({ status: 410, delayMs: 100 })
  await world.publish(1, 'a')
  await receiver.received(1)
  await world.publish(3, 'a')
  await world.until(() => claims === 2, 'the claim has its rows')
  await world.until(() => world.engine.counters().retry === 1, 'the abonnement is blocked')
  handOver()
  await world.until(async () => (await countDeliveries(world.database)).leased === 0, 'given back')
  t.equal(receiver.requests.length, 1)
  t.equal(world.engine.counters().released, 3)
})

onEachDatabase(t, 'a paused abonnement is not called, and what an attempt shows does not resume it', async (t, url) => {
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url)
  world.subscribe('a', receiver.url)
  world.subscribe('b', receiver.url)
  const paused = { abonnementId: 'a', status: 'paused', changedAt: 1n, changedBy: 'operator', reason: 'maintenance' }
  await world.database.transaction((tx) => tx.abonnementState.create({ data: paused }))
  await world.publish(5, 'a', 'b')
  await world.until(async () => (await countDeliveries(world.database)).done['delivered'] === 5, 'b is served')
  world.advance(60_000)
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal(receiver.requests.length, 5)
  t.match(await world.database.reader.abonnementState.findFirst(), { status: 'paused', reason: 'maintenance' })
})

onEachDatabase(t, 'I10: of several who would probe, one may', async (t, url, provider) => {
  const database = await openTestDatabase(t, url)
  const others = provider === 'sqlite' ? [] : [await openTestDatabase(t, url), await openTestDatabase(t, url)]
  const world = await engineWorld(t, url, { start: false })
  await world.publish(20, 'a')
  const now = world.clock.now()
  const open = { abonnementId: 'a', changedAt: 1n, breakerOpen: true, closedUntilAt: BigInt(now), failingSinceAt: 5n }
  await database.transaction((tx) => tx.abonnementState.create({ data: open }))
  const lanes = [{ abonnementId: 'a', room: 8, leasedUntilAt: now + 30_000, probeUntilAt: now + 5_000 }]
  const claims = await Promise.all(
    [database, ...others, database].map((each, index) => claimDeliveries(each, { owner: `o${index}`, now, lanes })),
  )
  const claimed = claims.flatMap(({ deliveries }) => deliveries)
  t.match(claimed, [{ probe: { failingSinceAt: 5 } }])
  t.equal(claimed.length, 1)
  const ordinary = [{ abonnementId: 'a', room: 8, leasedUntilAt: now + 30_000 }]
  const { deliveries } = await claimDeliveries(database, { owner: 'x', now: now + 5_000, lanes: ordinary })
  t.strictSame(deliveries, [], 'and nobody gets more through an open breaker')
})

onEachDatabase(t, 'a deleted abonnement leaves no state to the one that gets its uuid', async (t, url, provider) => {
  const database = await openTestDatabase(t, url)
  const states = ['a', 'b'].map((abonnementId) => ({ abonnementId, status: 'blocked', changedAt: 1n }))
  await database.transaction((tx) => tx.abonnementState.createMany({ data: states }))
  await database.transaction((tx) => cancelDeliveries(tx, provider, ['a'], 1_000))
  t.match(await database.reader.abonnementState.findMany(), [{ abonnementId: 'b' }])
})

onEachDatabase(t, 'failing since: an abonnement that is made again under its uuid begins anew', async (t, url) => {
  const receiver = await Receiver.start(t)
  receiver.answer({ status: 500 })
  const world = await engineWorld(t, url, {
    delivery: { retry: { ...DEFAULT_SETTINGS.delivery.retry, maxRetries: 0 } },
  })
  world.subscribe('a', receiver.url, { createdAt: 1 })
  await world.publish(4, 'a')
  await attempted(world, 4)
  world.advance(3_600_000)
  world.subscribe('a', receiver.url, { createdAt: 2 })
  const madeAgainAt = world.clock.now()
  await world.publish(5, 'a')
  await world.until(async () => (await world.database.reader.abonnementState.count()) === 1, 'its breaker open')
  const state = await world.database.reader.abonnementState.findFirstOrThrow()
  t.equal(Number(state.failingSinceAt), madeAgainAt)
})
