import type { AttemptResult } from '../../../src/delivery/outcome.ts'

/** What a schedule may do, and what its abonnementen are told: what the oracle measures by. Durations in ms. */
export type Laws = {
  clockJumps: boolean
  /** A process may lose a lease while it lives: it is stopped for long, or the database does not answer. */
  leasesMayBeLost: boolean
  maxInFlight: number
  maxConcurrency(abonnementId: string): number
  timeoutMs(abonnementId: string): number
  maxRetries(abonnementId: string): number
  /** Whether it is there at the end. */
  exists(abonnementId: string): boolean
  /** How often the abonnement had been changed as of that epoch. */
  versionAt(epoch: number, abonnementId: string): number
  /** Between which moments (epoch ms) the next attempt may be due, after one that failed at `at`. */
  nextAttempt(
    abonnementId: string,
    result: AttemptResult,
    at: number,
    failures: number,
  ): { earliestAt: number; latestAt: number }
  /** Until when (epoch ms) the answer asks for rest; 0: it does not. */
  restUntilAt(result: AttemptResult | undefined, at: number): number
}

type Subscription = {
  maxConcurrency: number
  timeoutMs: number
  retry: { maxRetries: number; backoffMs: number; baseFactor: number; backoffMaxMs: number }
}

/** The laws of these abonnementen, written down again from delivery.md and not with the code that obeys them. */
export function lawsOf(
  given: Pick<Laws, 'clockJumps' | 'leasesMayBeLost' | 'maxInFlight' | 'exists' | 'versionAt'>,
  subscriptionOf: (abonnementId: string) => Subscription,
): Laws {
  const askedUntil = (result: AttemptResult | undefined, at: number): number => {
    if (result?.kind !== 'answer' || result.retryAfter === undefined) return 0
    return /^\d+$/.test(result.retryAfter) ? at + Number(result.retryAfter) * 1_000 : Date.parse(result.retryAfter)
  }
  return {
    ...given,
    maxConcurrency: (id) => subscriptionOf(id).maxConcurrency,
    timeoutMs: (id) => subscriptionOf(id).timeoutMs,
    maxRetries: (id) => subscriptionOf(id).retry.maxRetries,
    nextAttempt: (id, result, at, failures) => {
      // Gone: the row stays as it is, and its lane is blocked.
      if (result.kind === 'answer' && result.status === 410) return { earliestAt: at, latestAt: at }
      const { backoffMs, baseFactor, backoffMaxMs } = subscriptionOf(id).retry
      const delay = Math.min(backoffMs * baseFactor ** failures, backoffMaxMs)
      const asked = askedUntil(result, at)
      const [earliest, latest] = [at + Math.floor(delay * 0.8), at + Math.ceil(delay * 1.2)]
      return { earliestAt: Math.max(earliest, asked), latestAt: Math.max(latest, asked) }
    },
    restUntilAt: (result, at) =>
      result?.kind === 'answer' && [429, 503].includes(result.status) ? askedUntil(result, at) : 0,
  }
}
