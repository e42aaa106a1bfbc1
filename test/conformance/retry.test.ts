// When a delivery is due: Open Notificaties' test_scheduling.py and the retries of its test_notificatie.py.
import t from 'tap'
import { claimDeliveries } from '../../src/db/claim-deliveries.ts'
import { reclaimDeliveries } from '../../src/db/reclaim-deliveries.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { insertDeliveries } from '../support/deliveries.ts'
import { engineWorld, type EngineWorld } from '../support/engine.ts'
import { Receiver } from '../support/receiver.ts'

onEachDatabase(
  t,
  'test_selected_notifications: what is due or was left lying is taken, and nothing twice',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    const now = 1_000_000
    const claim = async (): Promise<string[]> => {
      const lanes = ['due', 'stuck', 'busy', 'future'].map((abonnementId) => {
        return { abonnementId, room: 9, leasedUntilAt: now + 30_000 }
      })
      await reclaimDeliveries(database, { now, deadBefore: 0 })
      const { deliveries } = await claimDeliveries(database, { owner: 'me', now, lanes })
      return deliveries.map(({ abonnementId }) => abonnementId).toSorted()
    }
    for (const id of ['due', 'stuck', 'busy']) await insertDeliveries(database, { abonnementIds: [id], count: 1, now })
    await insertDeliveries(database, { abonnementIds: ['future'], count: 1, now: now + 1 })
    const held = (abonnementId: string, leasedUntilAt: number) => ({ abonnementId, room: 1, leasedUntilAt })
    const lanes = [held('stuck', now - 1), held('busy', now + 1)]
    await claimDeliveries(database, { owner: 'another', now, lanes })
    t.strictSame(await claim(), ['due', 'stuck'])
    t.strictSame(await claim(), [])
  },
)

/** How long each next try waits, in seconds, until there is none. */
async function waits(world: EngineWorld, abonnementId = 'a'): Promise<number[]> {
  const { database, clock } = world
  const seconds: number[] = []
  for (let attempt = 1; ; attempt += 1) {
    await world.until(
      async () => (await database.reader.attempt.count({ where: { abonnementId } })) === attempt,
      'a try',
    )
    const row = await database.reader.delivery.findFirst({ where: { abonnementId } })
    if (row === null) return seconds
    const wait = Number(row.dueAt) - clock.now()
    seconds.push(wait / 1_000)
    world.advance(wait)
  }
}

onEachDatabase(
  t,
  'NotificatieRetry.test_notificatie_retry_use_global_config: the configured schedule is kept',
  async (t, url) => {
    const retry = { maxRetries: 3, backoffMs: 4_000, baseFactor: 4, backoffMaxMs: 28_000 }
    for (const [random, expected] of [
      [0.5, [4, 16, 28]],
      [0, [3.2, 12.8, 22.4]],
    ] as const) {
      const world = await engineWorld(t, url, { delivery: { retry }, random: () => random })
      const receiver = await Receiver.start(t)
      receiver.answer({ status: 500 })
      world.subscribe(`a${random}`, receiver.url)
      await world.publish(1, `a${random}`)
      t.strictSame(await waits(world, `a${random}`), expected, `give or take a fifth (${random})`)
      await world.engine.stop(0)
    }
  },
)

onEachDatabase(
  t,
  'NotificatieRetry.test_notificatie_retry_loop: after the last retry it is dead, and others had theirs once',
  async (t, url) => {
    const retry = { maxRetries: 4, backoffMs: 1_000, baseFactor: 4, backoffMaxMs: 1_000_000 }
    const world = await engineWorld(t, url, { delivery: { retry } })
    const [failing, healthy] = [await Receiver.start(t), await Receiver.start(t)]
    failing.answer({ status: 500 })
    world.subscribe('a', failing.url)
    world.subscribe('b', healthy.url)
    await world.publish(1, 'a', 'b')
    t.strictSame(await waits(world), [1, 4, 16, 64])
    t.strictSame(await world.drained(), { ready: 0, leased: 0, done: { dead: 1, delivered: 1 }, attempts: 6 })
    const attempts = failing.requests.map(({ headers }) => headers['webhook-attempt'])
    t.strictSame(attempts, ['1', '2', '3', '4', '5'])
    t.equal(healthy.requests.length, 1)
  },
)
