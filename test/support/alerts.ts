import type { Test } from 'tap'
import { createAlerter, type Alerter } from '../../src/alerts/alerter.ts'
import type { AlertMessage } from '../../src/alerts/message.ts'
import type { Timers } from '../../src/common/clock.ts'
import { DEFAULT_SETTINGS, type AlertSettings } from '../../src/common/model.ts'
import { Secret } from '../../src/common/secret.ts'
import type { Abonnement, Snapshot } from '../../src/common/snapshot.ts'
import type { Database } from '../../src/db/open.ts'
import { createEgress } from '../../src/egress/egress.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { canary } from './canary.ts'
import { TestClock } from './clock.ts'
import { openTestDatabase } from './databases.ts'
import { Receiver } from './receiver.ts'
import { abonnementOf, byKey, snapshotOf } from './snapshot.ts'

export const WEBHOOK_KEY = canary('webhook')

/** Alerters on a real database, and a webhook that records what it is told. */
export type AlertWorld = {
  database: Database
  clock: TestClock
  webhook: Receiver
  snapshot: Snapshot
  log: Record<string, unknown>[]
  alerter: Alerter
  /** Another server on the same database. */
  another(): Alerter
  /** What the webhook was told, as `state kind subject`. */
  told(): string[]
  messages(): AlertMessage[]
}

export async function alertWorld(
  t: Test,
  url: string,
  options: { alerts?: Partial<AlertSettings>; snapshot?: Partial<Snapshot>; timers?: Timers } = {},
): Promise<AlertWorld> {
  const database = await openTestDatabase(t, url)
  const webhook = await Receiver.start(t)
  const clock = new TestClock()
  const log: Record<string, unknown>[] = []
  const abonnementen: Abonnement[] = [abonnementOf('a', { name: 'zac' }), abonnementOf('b', { name: 'bag' })]
  const alerts = { ...DEFAULT_SETTINGS.alerts, url: `${webhook.url}/alarm`, ...options.alerts }
  const egressSettings = { policy: 'private' as const, allow: ['127.0.0.0/8'] }
  const snapshot = snapshotOf({
    settings: { ...DEFAULT_SETTINGS, alerts, egress: egressSettings },
    alertsAuthorization: new Secret(`Bearer ${WEBHOOK_KEY}`),
    abonnementen: byKey('id', abonnementen),
    ...options.snapshot,
  })
  const logger = createLogger({ level: 'info', destination: { write: (line) => log.push(JSON.parse(line) as never) } })
  const another = (): Alerter => {
    const egress = createEgress({ policy: () => snapshot.settings.egress })
    const { timers } = options
    const alerter = createAlerter({
      database,
      snapshot: () => snapshot,
      egress,
      clock,
      random: () => 0.5,
      logger,
      ...(timers === undefined ? {} : { timers }),
    })
    t.teardown(async () => {
      await alerter.stop()
      await egress.close()
    })
    return alerter
  }
  const messages = (): AlertMessage[] => webhook.requests.map(({ body }) => JSON.parse(body) as AlertMessage)
  const told = (): string[] => messages().map(({ state, kind, subject }) => `${state} ${kind} ${subject}`)
  return { database, clock, webhook, snapshot, log, alerter: another(), another, told, messages }
}
