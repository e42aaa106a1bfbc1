// I16: a clock that jumps an hour, in either direction, costs nothing but time: nothing is lost, removed too much or
// told twice, and nobody runs in circles. The clock moves by hand; timers do not follow it.
import fc from 'fast-check'
import t from 'tap'
import { DEFAULT_SETTINGS } from '../../src/common/model.ts'
import type { DeliveryStore } from '../../src/db/delivery-store.ts'
import { sweepRows, type SweepRequest } from '../../src/db/retention/sweep-rows.ts'
import { createSweeper } from '../../src/delivery/sweeper.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { alertWorld } from '../support/alerts.ts'
import { TestClock } from '../support/clock.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { countDeliveries, insertDeliveries } from '../support/deliveries.ts'
import { engineWorld } from '../support/engine.ts'
import { Receiver } from '../support/receiver.ts'
import { TestTimers } from '../support/timers.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const BACK_AND_FORTH = [HOUR, -HOUR, -HOUR, HOUR, HOUR, -HOUR]
const RETRY = { maxRetries: 20, backoffMs: MINUTE, baseFactor: 1, backoffMaxMs: MINUTE }

/** A store that counts how often it is asked for work. */
function counted(): { asked: () => number; between: (store: DeliveryStore) => DeliveryStore } {
  let asked = 0
  return {
    asked: () => asked,
    between: (store) => ({
      ...store,
      claim: (request) => {
        asked += 1
        return store.claim(request)
      },
      due: () => {
        asked += 1
        return store.due()
      },
    }),
  }
}

onEachDatabase(t, 'I16: the engine loses nothing and does not run in circles', async (t, url) => {
  const { asked, between } = counted()
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url, { between, delivery: { retry: RETRY } })
  world.subscribe('a', receiver.url)
  const tries = new Map<string, number>()
  // The first request of each fails, so that there is always something due later.
  receiver.answer(({ body }) => {
    tries.set(body, (tries.get(body) ?? 0) + 1)
    return { status: tries.get(body) === 1 ? 500 : 204 }
  })
  let published = 0
  for (const jump of BACK_AND_FORTH) {
    published += (await world.publish(3, 'a')).length
    await new Promise((resolve) => setTimeout(resolve, 30))
    world.advance(jump)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const before = asked()
    await new Promise((resolve) => setTimeout(resolve, 300))
    t.ok(asked() - before <= 10, `after ${jump / MINUTE} min it asks ${asked() - before} times in 0.3 s`)
  }
  for (let left = 1, round = 0; left > 0 && round < 100; round += 1) {
    world.advance(10 * MINUTE)
    await new Promise((resolve) => setTimeout(resolve, 30))
    left = await world.database.reader.delivery.count()
  }
  t.match(await countDeliveries(world.database), { ready: 0, leased: 0, done: { delivered: published } })
})

onEachDatabase(t, 'I16: what is under way when all leases end is sent once more at most', async (t, url) => {
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url, { settings: { reclaimEveryMs: 20 } })
  world.subscribe('a', receiver.url)
  receiver.answer({ status: 204, delayMs: 200 })
  await world.publish(5, 'a')
  await receiver.received(5)
  world.advance(HOUR)
  const { done } = await world.drained()
  t.strictSame(done, { delivered: 5 })
  t.ok(receiver.requests.length <= 10, `${receiver.requests.length} requests`)
})

onEachDatabase(t, 'I16: the sweeper keeps its pace and never removes what is to be delivered', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const clock = new TestClock()
  const timers = new TestTimers(clock)
  const asked: SweepRequest[] = []
  const inFlight = new Set<Promise<unknown>>()
  const sweeper = createSweeper({
    sweep: (request) => {
      asked.push(request)
      const swept = sweepRows(database, request).finally(() => inFlight.delete(swept))
      inFlight.add(swept)
      return swept
    },
    settings: () => ({ ...DEFAULT_SETTINGS.retention, notificatiesMs: 0, attemptsMs: HOUR, deadMs: HOUR }),
    clock,
    timers,
    random: () => 0.5,
    logger: createLogger({ level: 'fatal' }),
  })
  t.teardown(() => sweeper.stop())
  const settle = async (): Promise<void> => {
    for (let idle = 0; idle < 3; idle += 1) {
      if (inFlight.size > 0) idle = 0
      await Promise.all(inFlight)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const ids = await insertDeliveries(database, { abonnementIds: ['a'], count: 5, now: clock.now() })
  sweeper.start()
  for (const jump of BACK_AND_FORTH) {
    clock.advance(jump)
    await timers.pass(MINUTE, settle)
  }
  const kept = await database.reader.notificatie.findMany({ where: { id: { in: ids }, NOT: { body: '' } } })
  t.equal(kept.length, 5)
  t.ok(asked.length >= 20 && asked.length <= 100, `${asked.length} batches in six minutes`)
})

onEachDatabase(t, 'I16: an alert is told once, however the clock jumps within a day', async (t, url) => {
  const world = await alertWorld(t, url)
  const { database, clock, alerter, webhook } = world
  const jumps = fc.sample(fc.constantFrom(HOUR, -HOUR, MINUTE), { numRuns: 12, seed: 7 })
  await database.transaction((tx) =>
    tx.abonnementState.create({ data: { abonnementId: 'a', status: 'blocked', changedAt: BigInt(clock.now()) } }),
  )
  webhook.answer({ status: 500 })
  for (const jump of jumps) {
    await alerter.check()
    clock.advance(jump)
  }
  const failed = webhook.requests.length
  t.ok(failed >= 1 && failed <= jumps.length, `${failed} messages that failed in ${jumps.length} rounds`)
  webhook.answer({ status: 200 })
  clock.advance(-HOUR)
  // The longest that a failure keeps a message away, by a clock that goes on from here.
  for (let minute = 0; minute <= 60; minute += 5) {
    await alerter.check()
    clock.advance(5 * MINUTE)
  }
  t.equal(webhook.requests.length, failed + 1)
  for (const jump of jumps) {
    clock.advance(jump)
    await alerter.check()
  }
  t.equal(webhook.requests.length, failed + 1)
})
