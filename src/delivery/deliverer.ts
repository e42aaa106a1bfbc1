import { setMaxListeners } from 'node:events'
import type { Clock, Random } from '../common/clock.ts'
import { deliverySettingsOf } from '../common/delivery-settings.ts'
import type { Abonnement, Snapshot } from '../common/snapshot.ts'
import type { StateChange } from '../db/abonnement-state.ts'
import type { ClaimedDelivery } from '../db/claim-deliveries.ts'
import type { Settlement } from '../db/settle-deliveries.ts'
import type { Logger } from '../observability/logger.ts'
import type { Observer } from '../observability/observer.ts'
import type { Tracer } from '../observability/tracer.ts'
import { attempt, type AttemptContext, type AttemptReport } from './attempt.ts'
import type { EngineSettings } from './engine-settings.ts'
import type { Lanes } from './lanes.ts'
import { observedAttempt } from './observed-attempt.ts'
import { decide, errorOf, isUnexpectedSuccess, type AttemptResult, type Decision } from './outcome.ts'
import { endTrace, traceAttempt } from './traced-attempt.ts'
import { idsOf, type Ending, type Settled, type Settler } from './settler.ts'
import type { Subscribers } from './subscribers.ts'

export type DelivererOptions = {
  snapshot: () => Snapshot
  clock: Clock
  random: Random
  logger: Logger
  observer: Observer
  tracer: Tracer
  lanes: Lanes
  subscribers: Subscribers
  settler: Settler
  context: Omit<AttemptContext, 'signal' | 'traceparent'>
  settings: Pick<EngineSettings, 'leaseMarginMs'>
  /** Resolves when every claim that may not have seen what is committed by now has been handed over. */
  claimed: () => Promise<void>
  /** A row is out of this process's hands. */
  onEnded: (ending: Ending, settled: Settled) => void
}

/**
 * Sends what stands in the lanes. The life of a row of `delivery`:
 *
 *   publish                                        +--> delivery_done: delivered  (2xx)
 *      |           claim: attempt + 1, lease       |--> delivery_done: dead       (no retries left)
 *      v    +------------------------------------+ |--> delivery_done: cancelled  (no such abonnement)
 *     ready |                                    v |
 *    (state 0)                                  leased ----------------------------------+
 *      ^  ^  ^                                 (state 1)                                 |
 *      |  |  +-- retry: failures + 1, due later --+ |                                    |
 *      |  |      (410: as it was, and blocked)      |                                    |
 *      |  +----- release: attempt - 1 --------------+  not sent: too little lease, stop  |
 *      +-------- reclaim: attempt stays -------------  the lease ended, its server died -+
 *
 * With an ordering key a row begins as held (state 2) when an unfinished one of its key is before it, and becomes
 * ready when that has ended. Every arrow out of `leased` except the last is fenced by owner and attempt.
 */
export class Deliverer {
  readonly #options: DelivererOptions
  readonly #running = new Set<Promise<void>>()
  readonly #abort = new AbortController()
  #stopping = false

  constructor(options: DelivererOptions) {
    this.#options = options
    // Every request under way listens to it; a leak is not what that is.
    setMaxListeners(0, this.#abort.signal)
  }

  /** Starts as many rows as the caps allow. */
  pump(): void {
    const { lanes } = this.#options
    while (!this.#stopping) {
      const delivery = lanes.next()
      if (delivery === undefined) return
      this.#track(this.#run(delivery))
    }
  }

  /** Gives rows back that were not sent; they must be held by the lanes and not be in flight. */
  giveBack(deliveries: readonly ClaimedDelivery[]): void {
    for (const delivery of deliveries) this.#track(this.#end({ delivery, settlement: 'release' }))
  }

  /** Starts nothing more and gives back what waits. */
  drain(): void {
    this.#stopping = true
    this.giveBack(this.#options.lanes.takeWaiting())
  }

  /** Gives up what is under way; it is released uncounted. */
  abort(): void {
    this.#abort.abort()
  }

  /** Resolves when everything that was started is settled or released. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#running.delete(tracked))
    this.#running.add(tracked)
  }

  async #run(delivery: ClaimedDelivery): Promise<void> {
    const { lanes } = this.#options
    const ending = { delivery, settlement: await this.#deliver(delivery) }
    const closes = closesLane(ending)
    // Until it is written down, a claim still finds the lane open; what waits may have to wait long.
    if (closes) this.giveBack(lanes.close(delivery.abonnementId))
    lanes.ended(delivery)
    // The lane goes on while the outcome is written.
    this.pump()
    await this.#end(ending)
    if (!closes) return
    await this.#options.claimed()
    this.giveBack(lanes.reopen(delivery.abonnementId))
  }

  async #end(ending: Ending): Promise<void> {
    const { settler, lanes, logger, onEnded } = this.#options
    const settled = await settler.settle(ending)
    lanes.forget(ending.delivery)
    if (settled === 'lost') logger.warn(idsOf(ending.delivery), 'lease lost: the outcome was not written')
    onEnded(ending, settled)
  }

  async #deliver(delivery: ClaimedDelivery): Promise<Settlement | 'release'> {
    const { snapshot, clock, random, context, settings, subscribers, observer, tracer } = this.#options
    const { abonnementen, settings: configured } = snapshot()
    const abonnement = abonnementen.get(delivery.abonnementId)
    if (abonnement === undefined) {
      subscribers.forget(delivery.abonnementId)
      return cancelled(delivery)
    }
    const { timeoutMs, retry, maxConcurrency, blockAfterMs, keepResponse } = deliverySettingsOf(
      configured.delivery,
      abonnement,
    )
    const { createdAt = 0 } = abonnement
    subscribers.meet(abonnement.id, createdAt)
    if (delivery.leasedUntilAt - clock.now() < timeoutMs + settings.leaseMarginMs) return 'release'

    const span = traceAttempt(tracer, delivery, abonnement)
    const attemptContext = { ...context, signal: this.#abort.signal, traceparent: span.traceparent }
    const report = await attempt(attemptContext, delivery, abonnement, timeoutMs, { keepResponse })
    endTrace(span, report)
    const { result } = report
    if (result === 'aborted') return 'release'
    const now = clock.now()
    const decision = decide(result, { failures: delivery.failures, retry, now, random })
    observer.attempted(observedAttempt(delivery, abonnement, { ...report, result }, now))
    this.#log(delivery, abonnement, report, result, decision)
    const { abonnementId, probe } = delivery
    const { startedAt } = report
    const about = { abonnementId, createdAt, result, probe, startedAt, now }
    const change = subscribers.learn({ ...about, maxConcurrency, blockAfterMs })
    if (change !== undefined) this.#logChange(abonnement, change)
    return { ...settlementOf(delivery, report, result, decision), ...(change === undefined ? {} : { change }) }
  }

  /**
   * One line per attempt. No URL, header, kenmerk or answer: the ids find them. A warning is what changes something
   * (a subscriber begins to fail, a delivery is given up), and a credential of ours that is refused.
   */
  #log(
    delivery: ClaimedDelivery,
    abonnement: Abonnement,
    report: AttemptReport,
    result: AttemptResult,
    decision: Decision,
  ): void {
    const line = {
      ...idsOf(delivery),
      abonnement: abonnement.name,
      ...(result.kind === 'answer' ? { status: result.status } : {}),
      ...(errorOf(result) === null ? {} : { error: errorOf(result) }),
      ...(result.kind === 'answer' && isUnexpectedSuccess(result.status) ? { unexpected: true } : {}),
      durationMs: Math.round(report.durationMs),
      outcome: decision.outcome,
    }
    const { logger, subscribers } = this.#options
    if (decision.outcome === 'dead') logger.warn({ ...line, reason: decision.reason }, 'attempt')
    else if (decision.outcome === 'retry' && !subscribers.isFailing(abonnement.id)) logger.warn(line, 'attempt')
    else logger.info(line, 'attempt')
    const { detail } = report
    if (detail !== undefined) logger.warn({ ...line, detail }, 'subscriber refused our credentials')
  }

  #logChange({ id, name }: Abonnement, change: StateChange): void {
    const { level, msg } = CHANGES[change.kind]
    const until = 'closedUntilAt' in change ? { until: new Date(change.closedUntilAt).toISOString() } : {}
    const reason = change.kind === 'block' ? { reason: change.reason } : {}
    this.#options.logger[level]({ abonnementId: id, abonnement: name, ...until, ...reason }, msg)
  }
}

/** True when the subscriber is not to be called for now. */
function closesLane({ settlement }: Ending): boolean {
  return settlement !== 'release' && settlement.change !== undefined && settlement.change.kind !== 'close'
}

/** What happened to the abonnement, in words that the operator meets again in the commands. */
const CHANGES = {
  open: { level: 'warn', msg: 'subscriber fails: left alone for a while' },
  close: { level: 'info', msg: 'subscriber answers again' },
  rest: { level: 'info', msg: 'subscriber asked for rest' },
  block: { level: 'warn', msg: 'abonnement blocked: its deliveries wait for an operator' },
} as const satisfies Record<StateChange['kind'], { level: 'info' | 'warn'; msg: string }>

function settlementOf(
  delivery: ClaimedDelivery,
  report: AttemptReport,
  result: AttemptResult,
  decision: Decision,
): Settlement {
  const { startedAt, durationMs, detail = null, responseHead = null } = report
  const wire = { status: result.kind === 'answer' ? result.status : null, error: errorOf(result) }
  return {
    ...keyOf(delivery),
    outcome: decision.outcome,
    failures: delivery.failures + (decision.outcome === 'retry' && decision.counts ? 1 : 0),
    dueAt: decision.outcome === 'retry' ? decision.dueAt : null,
    reason: decision.outcome === 'dead' ? decision.reason : null,
    tried: { startedAt, durationMs, ...wire, detail, responseHead },
  }
}

function cancelled(delivery: ClaimedDelivery): Settlement {
  const { failures } = delivery
  return { ...keyOf(delivery), outcome: 'cancelled', failures, dueAt: null, reason: 'abonnement deleted', tried: null }
}

/** Without the body: settlements are kept until they are written. */
function keyOf({ sequence, abonnementId, replay, notificatieId, orderingKey, attempt }: ClaimedDelivery) {
  return { sequence, abonnementId, replay, notificatieId, orderingKey, attempt }
}
