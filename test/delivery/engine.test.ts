import t from 'tap'
import { bumpEpoch } from '../../src/db/catalog.ts'
import { Secret } from '../../src/common/secret.ts'
import { onEachDatabase } from '../support/databases.ts'
import { countDeliveries } from '../support/deliveries.ts'
import { engineWorld } from '../support/engine.ts'
import { Receiver } from '../support/receiver.ts'

onEachDatabase(t, 'each matching abonnement gets each message once, and the rows move to history', async (t, url) => {
  const world = await engineWorld(t, url)
  const [a, b] = [await Receiver.start(t), await Receiver.start(t)]
  world.subscribe('a', `${a.url}/callback?token=canary`)
  world.subscribe('b', b.url, { auth: { type: 'no_auth' }, authSecret: undefined })
  const ids = await world.publish(20, 'a', 'b')
  t.strictSame(await world.drained(), { ready: 0, leased: 0, done: { delivered: 40 }, attempts: 40 })

  t.same(new Set(idsAt(a)), new Set(ids))
  t.same(new Set(idsAt(b)), new Set(ids))
  t.match(a.requests[0], {
    method: 'POST',
    path: '/callback?token=canary',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'user-agent': /^bode\/\d/,
      authorization: 'key of a',
      'webhook-attempt': '1',
      'webhook-timestamp': String(Math.floor(world.clock.now() / 1_000)),
    },
  })
  t.equal(b.requests[0]?.headers.authorization, undefined)
  t.match(world.engine.counters(), { delivered: 40, retry: 0, lost: 0 })

  const lines = world.log.filter(({ msg }) => msg === 'attempt')
  t.equal(lines.length, 40)
  t.match(lines[0], {
    level: 'info',
    notificatieId: /-/,
    abonnementId: /[ab]/,
    attempt: 1,
    status: 204,
    outcome: 'delivered',
  })
  t.notMatch(JSON.stringify(world.log), /canary|key of/)
})

onEachDatabase(
  t,
  'a failure is tried again by the schedule, never before Retry-After, then kept as dead',
  async (t, url) => {
    const retry = { maxRetries: 2, backoffMs: 1_000, baseFactor: 4, backoffMaxMs: 60_000 }
    const world = await engineWorld(t, url, { delivery: { retry } })
    const receiver = await Receiver.start(t)
    world.subscribe('a', receiver.url)
    receiver.answer((request) =>
      request.headers['webhook-attempt'] === '2' ? { status: 503, headers: { 'retry-after': '10' } } : { status: 500 },
    )
    const [id] = await world.publish(1, 'a')
    const attempted = async (count: number): Promise<void> => {
      await receiver.received(count)
      await world.until(async () => (await countDeliveries(world.database)).attempts === count, `${count} attempts`)
    }
    await attempted(1)
    world.advance(999)
    await world.until(async () => (await countDeliveries(world.database)).ready === 1, 'waits')
    world.advance(1)
    await attempted(2)
    world.advance(9_999)
    await world.until(async () => (await countDeliveries(world.database)).ready === 1, 'waits')
    t.equal(receiver.requests.length, 2, 'not before Retry-After, which is later than the schedule')
    world.advance(1)
    await attempted(3)
    t.strictSame(await world.drained(), { ready: 0, leased: 0, done: { dead: 1 }, attempts: 3 })

    t.strictSame(idsAt(receiver), [id, id, id])
    t.strictSame(
      receiver.requests.map((request) => request.headers['webhook-attempt']),
      ['1', '2', '3'],
    )
    t.equal(new Set(receiver.requests.map((request) => request.body)).size, 1, 'the same bytes each time')
    t.match(await world.database.reader.deliveryDone.findFirst(), {
      outcome: 'dead',
      attempts: 3,
      lastStatus: 500,
      reason: 'status 500',
      notificatieId: id,
    })
    t.match(
      world.log.findLast(({ msg }) => msg === 'attempt'),
      {
        level: 'warn',
        outcome: 'dead',
        reason: 'status 500',
      },
    )
  },
)

onEachDatabase(t, 'an abonnement has its own retries, timeout and concurrency', async (t, url) => {
  const world = await engineWorld(t, url)
  const receiver = await Receiver.start(t)
  world.subscribe('narrow', receiver.url, { delivery: { maxConcurrency: 3 } })
  receiver.answer({ status: 200, delayMs: 30 })
  await world.publish(10, 'narrow')
  t.match(await world.drained(), { done: { delivered: 10 } })
  t.ok(receiver.maxInFlight > 1 && receiver.maxInFlight <= 3, `${receiver.maxInFlight} at once`)
  world.subscribe('impatient', receiver.url, { delivery: { timeoutMs: 50, retry: { maxRetries: 0 } } })
  receiver.answer('hang')
  await world.publish(2, 'impatient')
  t.match(await world.drained(), { done: { delivered: 10, dead: 2 } })
  t.match(await world.database.reader.deliveryDone.findFirst({ where: { outcome: 'dead' } }), {
    reason: 'timeout',
    lastStatus: null,
  })
})

onEachDatabase(t, 'requests at once stay below the cap of the lane and of the whole', async (t, url) => {
  const world = await engineWorld(t, url, { delivery: { maxConcurrency: 4 }, settings: { maxInFlight: 6 } })
  const [a, b] = [await Receiver.start(t), await Receiver.start(t)]
  let most = 0
  for (const receiver of [a, b]) {
    receiver.answer(() => {
      most = Math.max(most, a.inFlight + b.inFlight)
      return { status: 200, delayMs: 3 }
    })
  }
  world.subscribe('a', a.url)
  world.subscribe('b', b.url)
  await world.publish(60, 'a', 'b')
  await world.drained()
  t.ok(a.maxInFlight <= 4 && b.maxInFlight <= 4, `${a.maxInFlight} and ${b.maxInFlight}`)
  t.ok(most <= 6 && most > 1, `${most} together`)
})

onEachDatabase(t, 'a subscriber that shows overload gets fewer requests at once', async (t, url) => {
  const world = await engineWorld(t, url)
  const receiver = await Receiver.start(t)
  world.subscribe('a', receiver.url)
  receiver.answer({ status: 429, delayMs: 20 })
  await world.publish(4, 'a')
  await world.until(() => world.engine.counters().retry === 4, 'four refusals, all at once')
  const [atOnce, first]: [number[], number] = [[], receiver.requests.length]
  receiver.answer(() => {
    atOnce.push(receiver.inFlight)
    return { status: 204, delayMs: 20 }
  })
  await world.publish(40, 'a')
  await world.until(() => world.engine.counters().delivered === 40, 'the others')
  t.equal(first, 4)
  t.equal(Math.max(...atOnce.slice(0, 4)), 4, 'half of the eight')
  t.ok(Math.max(...atOnce.slice(0, 8)) <= 5, 'and one more after a round of successes')
  t.ok(Math.max(...atOnce) <= 8)
})

onEachDatabase(t, 'a subscriber that hangs delays nobody else', async (t, url) => {
  const world = await engineWorld(t, url)
  const [slow, quick] = [await Receiver.start(t), await Receiver.start(t)]
  slow.answer('hang')
  world.subscribe('slow', slow.url)
  world.subscribe('quick', quick.url)
  await world.publish(100, 'slow', 'quick')
  await quick.received(100)
  t.equal(slow.requests.length, 8, 'it has its own eight, and no more')
  await world.until(async () => (await countDeliveries(world.database)).done['delivered'] === 100, 'the quick are done')
  t.equal(await world.database.reader.delivery.count({ where: { abonnementId: 'slow' } }), 100)
})

onEachDatabase(t, 'deliveries of a deleted abonnement are cancelled', async (t, url) => {
  const world = await engineWorld(t, url)
  await world.publish(3, 'nobody')
  t.strictSame(await world.drained(), { ready: 0, leased: 0, done: { cancelled: 3 }, attempts: 0 })
})

onEachDatabase(t, 'a change is seen before the next request, whoever made it', async (t, url) => {
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url, {
    reload: async () => world.subscribe('a', receiver.url, { authSecret: new Secret('new') }),
  })
  world.subscribe('a', receiver.url)
  await world.publish(1, 'a')
  await world.drained()
  await world.database.transaction((tx) => bumpEpoch(tx))
  await world.publish(1, 'a')
  await world.drained()
  t.strictSame(
    receiver.requests.map(({ headers }) => headers.authorization),
    ['key of a', 'new'],
  )
})

onEachDatabase(t, 'nothing is sent while the change cannot be read', async (t, url) => {
  let broken = true
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url, {
    settings: { pollMs: 20 },
    reload: async () => {
      if (broken) throw new Error('no database')
    },
  })
  world.subscribe('a', receiver.url)
  await world.database.transaction((tx) => bumpEpoch(tx))
  await world.publish(1, 'a')
  await world.until(() => world.engine.counters().released > 2, 'it is tried and given back')
  t.equal(receiver.requests.length, 0)
  t.equal(world.log.filter(({ msg }) => msg === 'deliveries cannot be claimed').length, 1, 'said once')
  broken = false
  t.match(await world.drained(), { done: { delivered: 1 } })
  t.equal(receiver.requests[0]?.headers['webhook-attempt'], '1', 'what was not sent did not count')
})

onEachDatabase(t, 'a message that cannot be made into a request fails alone', async (t, url) => {
  const world = await engineWorld(t, url, {
    delivery: { retry: { maxRetries: 0, backoffMs: 0, baseFactor: 1, backoffMaxMs: 0 } },
    sentBody: (body) => {
      if (body.includes(':1}')) throw new Error('unknown format')
      return { contentType: 'application/json', body }
    },
  })
  const receiver = await Receiver.start(t)
  world.subscribe('a', receiver.url)
  await world.publish(3, 'a')
  t.match(await world.drained(), { done: { delivered: 2, dead: 1 } })
})

onEachDatabase(t, 'work that nobody announced is found by the poll', async (t, url) => {
  const world = await engineWorld(t, url, { settings: { pollMs: 10 } })
  const receiver = await Receiver.start(t)
  world.subscribe('a', receiver.url)
  const silent = await engineWorld(t, url, { start: false })
  await silent.publish(2, 'a')
  t.match(await world.drained(), { done: { delivered: 2 } })
})

function idsAt(receiver: Receiver): (string | undefined)[] {
  return receiver.requests.map(({ headers }) => headers['webhook-id'] as string | undefined)
}
