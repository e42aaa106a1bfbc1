// I11: nothing overtakes within an ordering key, also after failures, a crash and a takeover.
import fc from 'fast-check'
import t from 'tap'
import { acceptNotificaties } from '../../src/db/accept.ts'
import { cancelDeliveries } from '../../src/db/cancel-deliveries.ts'
import { claimDeliveries } from '../../src/db/claim-deliveries.ts'
import type { Database } from '../../src/db/open.ts'
import { reclaimDeliveries } from '../../src/db/reclaim-deliveries.ts'
import { settleDeliveries } from '../../src/db/settle-deliveries.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { insertDeliveries, settlementOf } from '../support/deliveries.ts'
import { engineWorld } from '../support/engine.ts'
import { Receiver } from '../support/receiver.ts'

const NOW = 1_000_000
const LEASE_MS = 30_000

onEachDatabase(t, 'the first of a key is ready, the others are held, whoever brings them', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const publish = (orderingKey: string | null, count: number) =>
    insertDeliveries(database, { abonnementIds: ['a', 'b'], count, now: NOW, orderingKey })
  await publish('x', 2)
  await publish('x', 1)
  await publish('y', 1)
  await publish(null, 2)
  const states = await database.reader.delivery.findMany({ where: { abonnementId: 'a' }, orderBy: { sequence: 'asc' } })
  t.strictSame(
    states.map(({ orderingKey, state }) => [orderingKey, state]),
    [
      ['x', 0],
      ['x', 2],
      ['x', 2],
      ['y', 0],
      [null, 0],
      [null, 0],
    ],
  )
})

onEachDatabase(
  t,
  'accepts and ends beside each other leave no key without a row that may go',
  async (t, url, provider) => {
    const databases = provider === 'sqlite' ? [await openTestDatabase(t, url)] : await openSeveral(url)
    const [database] = databases as [Database, ...Database[]]
    const { epoch } = await database.reader.catalog.findUniqueOrThrow({ where: { id: 1 } })
    let published = 0
    const publishing = databases.map(async (each) => {
      for (let round = 0; round < 40; round += 1) {
        published += 1
        const addressees = [{ abonnementId: 'a', orderingKey: `key ${round % 3}` }]
        const message = {
          id: `n${published}`,
          kanaal: 'k',
          body: '{}',
          format: 1,
          clientId: 'c',
          receivedAt: NOW,
          addressees,
        }
        await acceptNotificaties(each, [message], { epoch: Number(epoch), now: NOW, atCommit: () => {} })
      }
    })
    const progress = { published: false }
    const ended: string[] = []
    const delivering = databases.map(async (each, index) => {
      const owner = `owner ${index}`
      const lanes = [{ abonnementId: 'a', room: 4, leasedUntilAt: NOW + LEASE_MS }]
      while (!progress.published || (await each.reader.delivery.count()) > 0) {
        const { deliveries } = await claimDeliveries(each, { owner, now: NOW, lanes })
        ended.push(...deliveries.map(({ orderingKey, sequence }) => `${orderingKey} ${sequence}`))
        await settleDeliveries(each, { owner, now: NOW, settlements: deliveries.map((each) => settlementOf(each)) })
      }
    })
    await Promise.all(publishing)
    progress.published = true
    await Promise.all(delivering)
    t.equal(ended.length, published, 'each went once')
    for (const key of ['key 0', 'key 1', 'key 2']) {
      const order = ended.filter((each) => each.startsWith(key)).map((each) => Number(each.slice(key.length)))
      t.strictSame(
        order,
        order.toSorted((a, b) => a - b),
        key,
      )
    }

    async function openSeveral(url: string): Promise<Database[]> {
      return Promise.all([1, 2, 3].map(() => openTestDatabase(t, url)))
    }
  },
)

onEachDatabase(t, 'an end that runs beside an accept finds what it adds', async (t, url, provider) => {
  const [database, other] = [await openTestDatabase(t, url), await openTestDatabase(t, url)]
  if (provider === 'postgresql') {
    // A commit that takes long, so that the end comes between the insert and its commit.
    for (const statement of SLOW_COMMIT) await database.transaction((tx) => tx.$executeRawUnsafe(statement))
  }
  await insertDeliveries(database, { abonnementIds: ['a'], count: 1, now: NOW, orderingKey: 'x' })
  const lanes = [{ abonnementId: 'a', room: 1, leasedUntilAt: NOW + LEASE_MS }]
  const { deliveries } = await claimDeliveries(database, { owner: 'me', now: NOW, lanes })
  const settlements = deliveries.map((each) => settlementOf(each))
  let ending: Promise<boolean[]> | undefined
  const { epoch } = await database.reader.catalog.findUniqueOrThrow({ where: { id: 1 } })
  const addressees = [{ abonnementId: 'a', orderingKey: 'x' }]
  const next = { id: 'next', kanaal: 'k', body: '{}', format: 1, clientId: 'c', receivedAt: NOW, addressees }
  const atCommit = (): void => {
    ending = settleDeliveries(other, { owner: 'me', now: NOW, settlements })
  }
  await acceptNotificaties(database, [next], { epoch: Number(epoch), now: NOW, atCommit })
  t.strictSame(await ending, [true])
  t.match(await database.reader.delivery.findMany(), [{ notificatieId: 'next', state: 0 }], 'it may go')
})

const SLOW_COMMIT = [
  `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END'`,
  `CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON delivery DEFERRABLE INITIALLY DEFERRED
   FOR EACH ROW EXECUTE FUNCTION slow()`,
]

onEachDatabase(t, 'deleting an abonnement ends what is held too', async (t, url, provider) => {
  const database = await openTestDatabase(t, url)
  await insertDeliveries(database, { abonnementIds: ['a'], count: 5, now: NOW, orderingKey: 'x' })
  await database.transaction((tx) => cancelDeliveries(tx, provider, ['a'], NOW))
  t.equal(await database.reader.delivery.count(), 0)
  t.equal(await database.reader.deliveryDone.count({ where: { outcome: 'cancelled' } }), 5)
})

type Step = 'publish' | 'deliver' | 'fail' | 'die' | 'crash'

onEachDatabase(t, 'whatever happens, what of a key is delivered is delivered in order', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const step = fc.constantFrom<Step>('publish', 'publish', 'deliver', 'deliver', 'fail', 'die', 'crash')
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(step, fc.integer({ min: 0, max: 2 })), { maxLength: 25 }), async (steps) => {
      run += 1
      const abonnementId = `a${run}`
      const order = new Map<string, number[]>()
      let now = NOW
      const claim = async (room: number) => {
        const lanes = [{ abonnementId, room, leasedUntilAt: now + LEASE_MS }]
        return (await claimDeliveries(database, { owner: 'me', now, lanes })).deliveries
      }
      const take = async (what: Step): Promise<void> => {
        const deliveries = await claim(2)
        if (what === 'crash') now += LEASE_MS + 1
        if (what === 'crash') return void (await reclaimDeliveries(database, { now, deadBefore: 0 }))
        const outcome = { deliver: 'delivered', fail: 'retry', die: 'dead' }[what as 'deliver']
        const more = { outcome: outcome as 'delivered', dueAt: what === 'fail' ? now + 10 : null }
        const settlements = deliveries.map((each) => settlementOf(each, more))
        await settleDeliveries(database, { owner: 'me', now, settlements })
        if (what !== 'deliver') return
        for (const { orderingKey, sequence } of deliveries) {
          order.set(orderingKey ?? '', [...(order.get(orderingKey ?? '') ?? []), sequence])
        }
      }
      for (const [what, key] of steps) {
        now += 5
        if (what === 'publish') {
          await insertDeliveries(database, { abonnementIds: [abonnementId], count: 2, now, orderingKey: `k${key}` })
        } else await take(what)
      }
      for (now += 100; (await database.reader.delivery.count({ where: { abonnementId } })) > 0;) await take('deliver')
      return [...order.values()].every((list) =>
        list.every((each, index) => index === 0 || each > (list[index - 1] ?? 0)),
      )
    }),
    { numRuns: 40 },
  )
})

onEachDatabase(
  t,
  'strict: one at a time, the next at once when it ends, and a failure holds up the rest',
  async (t, url) => {
    const receiver = await Receiver.start(t)
    const world = await engineWorld(t, url)
    world.subscribe('a', receiver.url)
    receiver.answer(({ body }) => ({ status: body.includes(':3}') && receiver.requests.length < 5 ? 500 : 204 }))
    await insertDeliveries(world.database, {
      abonnementIds: ['a'],
      count: 8,
      now: world.clock.now(),
      orderingKey: 'strict',
    })
    world.engine.nudge(['a'])
    await receiver.received(4)
    await world.until(
      async () => (await world.database.reader.delivery.count({ where: { failures: 1 } })) === 1,
      'failed',
    )
    world.advance(30_000)
    await world.drained()
    t.strictSame(
      receiver.requests.map(({ body }) => JSON.parse(body).number),
      [0, 1, 2, 3, 3, 4, 5, 6, 7],
    )
    t.equal(receiver.maxInFlight, 1)
  },
)

onEachDatabase(t, 'hoofdObject: an object that fails holds back only itself', async (t, url) => {
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url)
  world.subscribe('a', receiver.url)
  receiver.answer(({ headers }) => ({ status: failing.includes(headers['webhook-id'] as string) ? 500 : 204 }))
  const publish = (orderingKey: string) =>
    insertDeliveries(world.database, { abonnementIds: ['a'], count: 3, now: world.clock.now(), orderingKey })
  const failing = await publish('x')
  const others = [...(await publish('y')), ...(await publish('z'))]
  world.engine.nudge(['a'])
  await world.until(async () => (await world.database.reader.deliveryDone.count()) === 6, 'the other objects are done')
  const seen = receiver.requests.map(({ headers }) => headers['webhook-id'])
  t.equal(seen.filter((id) => failing.includes(id as string)).length, 1, 'the first of x, and nothing behind it')
  t.same(new Set(seen.filter((id) => others.includes(id as string))), new Set(others))
})
