import type { StateChange } from '../db/abonnement-state.ts'
import { cooldownMs, NEW_BREAKER, recordAttempt, shouldOpen, type Breaker } from './breaker.ts'
import { adjust, fullConcurrency, SLOW_START, type Concurrency } from './concurrency.ts'
import { isDelivered, isGone, isOverload, restUntilAt, type AttemptResult } from './outcome.ts'

/** An attempt, as far as it says something about the subscriber. Times are epoch ms. */
export type Observation = {
  abonnementId: string
  /** When the abonnement was made. */
  createdAt: number
  result: AttemptResult
  /** It went alone, through a breaker that is open since the subscriber began to fail. */
  probe: { failingSinceAt: number } | null
  startedAt: number
  now: number
  maxConcurrency: number
  /** 0: never. */
  blockAfterMs: number
}

type Subscriber = {
  /** Of the abonnement that it was learnt of. */
  createdAt: number
  breaker: Breaker
  concurrency: Concurrency
  /** When this process opened the breaker; undefined: it does not know of an open one. */
  openedAt: number | undefined
}

/** What this process has learnt of each subscriber: how much it takes, and whether it answers at all. */
export class Subscribers {
  readonly #subscribers = new Map<string, Subscriber>()

  /**
   * An attempt for this abonnement begins. What was learnt of one that was deleted, and made again under its uuid at
   * `createdAt` (epoch ms), is forgotten: the new one has not failed yet.
   */
  meet(abonnementId: string, createdAt: number): void {
    const known = this.#subscribers.get(abonnementId)
    if (known !== undefined && known.createdAt < createdAt) this.#subscribers.delete(abonnementId)
  }

  /** Requests at once that it gets now, at most `max`. */
  limitOf(abonnementId: string, max: number): number {
    return Math.min(this.#subscribers.get(abonnementId)?.concurrency.limit ?? max, max)
  }

  /** Learns from an attempt; returns what has to be written down, which is rarely anything. */
  learn(observation: Observation): StateChange | undefined {
    const { abonnementId, result, startedAt, now, maxConcurrency: max } = observation
    // There was nothing to send: that says nothing about the other side.
    if (result.kind === 'error' && result.error === 'body') return undefined
    const before = this.#before(observation)
    // It began before the abonnement was made again.
    if (before.createdAt > observation.createdAt) return undefined
    const succeeded = isDelivered(result)
    const sign = succeeded ? 'success' : isOverload(result) ? 'overload' : 'neither'
    const after: Subscriber = {
      createdAt: before.createdAt,
      breaker: recordAttempt(before.breaker, succeeded, now),
      concurrency: adjust(before.concurrency, sign, { startedAt, now, max }),
      openedAt: before.openedAt,
    }
    this.#subscribers.set(abonnementId, after)
    return this.#change(after, observation)
  }

  /** True when its last attempt failed, as far as this process knows. */
  isFailing(abonnementId: string): boolean {
    return this.#subscribers.get(abonnementId)?.breaker.failingSinceAt !== undefined
  }

  forget(abonnementId: string): void {
    this.#subscribers.delete(abonnementId)
  }

  /** What was known before. Another replica may have opened the breaker, or closed it. */
  #before({ abonnementId, createdAt, probe, startedAt, maxConcurrency }: Observation): Subscriber {
    const known = this.#subscribers.get(abonnementId) ?? newSubscriber(maxConcurrency, createdAt)
    if (probe !== null) {
      const breaker = { ...known.breaker, failingSinceAt: probe.failingSinceAt }
      return { ...known, breaker, openedAt: known.openedAt ?? startedAt }
    }
    // The claim gave more than a probe: the breaker was closed by then.
    if (known.openedAt !== undefined && startedAt > known.openedAt) {
      return { ...known, breaker: NEW_BREAKER, openedAt: undefined }
    }
    return known
  }

  #change(subscriber: Subscriber, observation: Observation): StateChange | undefined {
    const { abonnementId, result, probe, now, blockAfterMs } = observation
    if (isDelivered(result)) {
      if (subscriber.openedAt === undefined) return undefined
      const { createdAt } = subscriber
      this.#subscribers.set(abonnementId, { ...NEW, createdAt, concurrency: SLOW_START })
      return { abonnementId, kind: 'close' }
    }
    if (isGone(result)) return { abonnementId, kind: 'block', reason: 'the subscriber answered 410 Gone' }
    const rest = restUntilAt(result, now)
    const failingSinceAt = subscriber.breaker.failingSinceAt ?? now
    if (blockAfterMs > 0 && now - failingSinceAt >= blockAfterMs) {
      const since = new Date(failingSinceAt).toISOString()
      return { abonnementId, kind: 'block', reason: `nothing but failures since ${since}` }
    }
    if (subscriber.openedAt !== undefined || shouldOpen(subscriber.breaker)) {
      this.#subscribers.set(abonnementId, { ...subscriber, openedAt: now })
      const closedUntilAt = Math.max(now + cooldownMs(failingSinceAt, now), rest ?? 0)
      return { abonnementId, kind: 'open', closedUntilAt, failingSinceAt, probed: probe !== null }
    }
    return rest === undefined ? undefined : { abonnementId, kind: 'rest', closedUntilAt: rest }
  }
}

const NEW = { breaker: NEW_BREAKER, openedAt: undefined }

function newSubscriber(max: number, createdAt: number): Subscriber {
  return { ...NEW, createdAt, concurrency: fullConcurrency(max) }
}
