import { systemTimers, type Clock, type Random, type Timers } from '../common/clock.ts'
import { version } from '../common/package-root.ts'
import type { Snapshot } from '../common/snapshot.ts'
import { changeAlert, forgetAlert, markSent, raiseAlert, readAlerts, type AlertWrite } from '../db/alerts/alert-rows.ts'
import { readLaneFacts } from '../db/alerts/lane-facts.ts'
import type { Database } from '../db/open.ts'
import { EgressError } from '../egress/egress-error.ts'
import type { Egress } from '../egress/egress.ts'
import { errorFacts } from '../observability/error-facts.ts'
import type { Logger } from '../observability/logger.ts'
import { alertOf, COUNT_UP_TO, type Alert } from './alert.ts'
import { backoffMs, decide, occasionOf, type Change, type Occasion } from './decide.ts'
import { findAlerts } from './find-alerts.ts'
import { alertMessage, textOf } from './message.ts'

export type AlerterOptions = {
  database: Database
  snapshot: () => Snapshot
  egress: Egress
  clock: Clock
  timers?: Timers
  random: Random
  logger: Logger
  /** How often it looks, ms. */
  everyMs?: number
}

export type Alerter = {
  start(): void
  /** Looks, writes down and tells, once. Rejects when the database does; a webhook that does not answer is logged. */
  check(): Promise<void>
  /** Gives a message that is under way up; whoever comes next sends it. */
  stop(): Promise<void>
}

const EVERY_MS = 60_000
const TIMEOUT_MS = 10_000
/** Read so that the connection can be used again, then forgotten. */
const MAX_ANSWER_BYTES = 65_536

/**
 * Watches what needs a person and tells the operator's webhook, beside the deliveries and never in their way. Every
 * server looks; what it finds is written with compare and swap, so that an alert is raised once, and a message is
 * sent by who could write down that he is about to. A server that dies while it sends leaves a message that is sent
 * again a minute later: told twice at worst, never not at all.
 *
 *   timer --> look (facts, rows) --> decide --> write --> tell, one after the other --> timer
 *                                                           |  first that fails: the rest waits for the next time
 */
export function createAlerter(options: AlerterOptions): Alerter {
  const { database, snapshot, egress, clock, timers = systemTimers, random, logger, everyMs = EVERY_MS } = options
  const stopping = new AbortController()
  let cancel = (): void => {}
  let running: Promise<void> = Promise.resolve()

  async function read(): Promise<Alert[]> {
    return (await readAlerts(database.reader)).flatMap((row) => alertOf(row) ?? [])
  }

  async function apply(change: Change, now: number): Promise<void> {
    if (change.do === 'raise') {
      const { kind, subject, ...facts } = change.finding
      const detail = { ...facts, failures: 0, notBefore: 0 }
      if (await raiseAlert(database, { kind, subject, raisedAt: now, detail })) {
        logger.warn({ alert: kind, subject, text: textOf({ kind, detail }) }, 'alert raised')
      }
      return
    }
    const { alert } = change
    if (change.do === 'change') {
      const { detail, resolvedAt } = change
      await changeAlert(database, alert, { detail, resolvedAt })
    } else if (await forgetAlert(database, alert)) over(alert)
  }

  function over({ kind, subject }: Alert): void {
    logger.info({ alert: kind, subject }, 'alert over')
  }

  /** False when the webhook did not take it. */
  async function tell(alert: Alert, occasion: Occasion): Promise<boolean> {
    const { failures } = alert.detail
    // First the right to send, for as long as that may take; it is the backoff too if nothing comes of it.
    const trying = { ...alert.detail, failures: failures + 1, notBefore: clock.now() + backoffMs(failures) }
    const mine = await write(alert, { ...alert, detail: trying })
    if (mine === undefined) return true
    const error = await send(alert, occasion)
    if (stopping.signal.aborted && error !== undefined) return false
    if (error !== undefined) {
      logger.error({ alert: alert.kind, subject: alert.subject, error, failures: failures + 1 }, 'alert not sent')
      await write(mine, { ...mine, detail: { ...trying, error } })
      return false
    }
    logger.info({ alert: alert.kind, subject: alert.subject, state: occasion }, 'alert sent')
    if (occasion === 'resolved') {
      if (await forgetAlert(database, mine)) over(mine)
      // Another server found it again meanwhile, and the webhook believes that it is over.
      else await markSent(database, mine, null)
      return true
    }
    const { error: _error, ...facts } = trying
    await markSent(database, mine, clock.now())
    await write(mine, { ...mine, detail: { ...facts, failures: 0, notBefore: 0 } })
    return true
  }

  async function write(alert: Alert, to: AlertWrite & Pick<Alert, 'detail'>): Promise<Alert | undefined> {
    const row = await changeAlert(database, alert, to)
    return row && { ...row, kind: alert.kind, detail: to.detail }
  }

  /** Why it failed, in a few words without a URL; undefined when it was taken. */
  async function send(alert: Alert, occasion: Occasion): Promise<string | undefined> {
    const { settings, alertsAuthorization } = snapshot()
    const { url } = settings.alerts
    if (url === null) return 'there is no webhook any more'
    const message = alertMessage(alert, occasion, { now: clock.now(), publicUrl: settings.publicUrl })
    try {
      const { status } = await egress.request({
        url,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': `bode/${version}`,
          ...(alertsAuthorization === undefined ? {} : { authorization: alertsAuthorization.reveal() }),
        },
        body: JSON.stringify(message),
        timeoutMs: TIMEOUT_MS,
        maxResponseBytes: MAX_ANSWER_BYTES,
        signal: stopping.signal,
      })
      return status >= 200 && status < 300 ? undefined : `status ${status}`
    } catch (error) {
      return error instanceof EgressError ? error.message : 'the message could not be sent'
    }
  }

  async function check(): Promise<void> {
    const facts = await readLaneFacts(database, COUNT_UP_TO)
    const [current, now] = [snapshot(), clock.now()]
    const { url, repeatAfterMs } = current.settings.alerts
    for (const change of decide(await read(), findAlerts(facts, current, now), { now, url })) await apply(change, now)
    if (url === null) return
    for (const alert of await read()) {
      const occasion = occasionOf(alert, { now, repeatAfterMs })
      if (occasion !== undefined && (stopping.signal.aborted || !(await tell(alert, occasion)))) return
    }
  }

  function schedule(): void {
    if (stopping.signal.aborted) return
    cancel = timers.after(everyMs * (0.9 + 0.2 * random()), () => {
      running = check()
        .catch((error: unknown) => logger.error(errorFacts(error), 'alerts cannot be looked for'))
        .finally(schedule)
    })
  }

  return {
    start: schedule,
    check,
    stop: async () => {
      stopping.abort()
      cancel()
      await running
    },
  }
}
