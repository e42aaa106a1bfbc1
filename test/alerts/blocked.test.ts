// From a subscriber that only fails to the operator's webhook: through the engine, its state and the alerter.
import t from 'tap'
import { createAlerter } from '../../src/alerts/alerter.ts'
import { DEFAULT_SETTINGS } from '../../src/common/model.ts'
import { createEgress } from '../../src/egress/egress.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { onEachDatabase } from '../support/databases.ts'
import { countDeliveries } from '../support/deliveries.ts'
import { engineWorld } from '../support/engine.ts'
import { Receiver } from '../support/receiver.ts'
import { abonnementOf, byKey, snapshotOf } from '../support/snapshot.ts'

const HOUR = 3_600_000

onEachDatabase(t, 'a subscriber that fails for longer than blockAfter is blocked, logged and told', async (t, url) => {
  const [subscriber, webhook] = [await Receiver.start(t), await Receiver.start(t)]
  const world = await engineWorld(t, url, { delivery: { blockAfterMs: 2 * HOUR } })
  const { database, clock, log } = world
  world.subscribe('a', subscriber.url)
  subscriber.answer({ status: 500 })
  const egressSettings = { policy: 'private' as const, allow: ['127.0.0.0/8'] }
  const alerts = { ...DEFAULT_SETTINGS.alerts, url: webhook.url }
  const snapshot = snapshotOf({
    settings: { ...DEFAULT_SETTINGS, alerts, egress: egressSettings },
    abonnementen: byKey('id', [abonnementOf('a', { name: 'zac' })]),
  })
  const egress = createEgress({ policy: () => egressSettings })
  t.teardown(() => egress.close())
  const alerter = createAlerter({
    database,
    snapshot: () => snapshot,
    egress,
    clock,
    random: () => 0.5,
    logger: createLogger({ level: 'fatal' }),
  })
  const isBlocked = (): boolean =>
    log.some(({ msg }) => msg === 'abonnement blocked: its deliveries wait for an operator')

  await world.publish(20, 'a')
  await world.until(
    () => log.some(({ msg }) => msg === 'subscriber fails: left alone for a while'),
    'its breaker opens',
  )
  for (let hour = 0; hour < 3 && !isBlocked(); hour += 1) {
    const attempts = log.filter(({ msg }) => msg === 'attempt').length
    world.advance(HOUR)
    await world.until(() => log.filter(({ msg }) => msg === 'attempt').length > attempts, 'a probe')
    await world.until(async () => (await countDeliveries(database)).leased === 0, 'none under way')
    if (hour === 0) await alerter.check()
  }
  t.ok(isBlocked())
  await alerter.check()
  const messages = webhook.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>)
  t.match(messages, [
    { state: 'raised', kind: 'failing', abonnement: 'zac' },
    { state: 'resolved', kind: 'failing' },
    { state: 'raised', kind: 'blocked', reason: /^nothing but failures since 2026-/, count: 20 },
  ])
  t.equal(await database.reader.delivery.count(), 20, 'all of it waits')
})
