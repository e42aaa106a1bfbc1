/** What the last attempts at one subscriber came to, as far as the breaker needs it. Plain data. */
export type Breaker = {
  /** Failures since the last success. */
  readonly failures: number
  /** When the first of them was (epoch ms); undefined when there is none. */
  readonly failingSinceAt: number | undefined
  /** Attempts of the last minute, by slice of time. */
  readonly slices: readonly Slice[]
}
type Slice = { readonly startAt: number; readonly tried: number; readonly failed: number }

export const NEW_BREAKER: Breaker = { failures: 0, failingSinceAt: undefined, slices: [] }

const CONSECUTIVE = 5
const WINDOW_MS = 60_000
const SLICE_MS = 5_000
const MIN_TRIED = 20
const FAILED_SHARE = 0.5

/**
 * The breaker of one abonnement (delivery.md §6). It is kept in the database (`abonnement_state`), so that all
 * replicas and the next start know it; only the counts that lead to it are each replica's own.
 *
 *   closed --5 failures in a row, or half of at least 20 in a minute--> open, closed until T
 *     ^                                                                   |        ^
 *     |                                                                 at T       | fails: T = now + cooldown
 *     +----------------------- succeeds ----------------------- one probe (a due row of the lane)
 *
 * The probe is an attempt of its row like any other; all other rows keep theirs. So a message that no subscriber
 * can digest ends by its own schedule, and cannot hold up the ones behind it.
 */
export function recordAttempt(breaker: Breaker, succeeded: boolean, now: number): Breaker {
  const startAt = now - (now % SLICE_MS)
  const recent = breaker.slices.filter((slice) => slice.startAt > now - WINDOW_MS && slice.startAt <= now)
  const current = recent.find((slice) => slice.startAt === startAt) ?? { startAt, tried: 0, failed: 0 }
  return {
    failures: succeeded ? 0 : breaker.failures + 1,
    failingSinceAt: succeeded ? undefined : (breaker.failingSinceAt ?? now),
    slices: [
      ...recent.filter((slice) => slice !== current),
      { startAt, tried: current.tried + 1, failed: current.failed + (succeeded ? 0 : 1) },
    ],
  }
}

/** True when so much failed that the subscriber is left alone for a while. */
export function shouldOpen({ failures, slices }: Breaker): boolean {
  if (failures >= CONSECUTIVE) return true
  const tried = slices.reduce((sum, slice) => sum + slice.tried, 0)
  const failed = slices.reduce((sum, slice) => sum + slice.failed, 0)
  return failures > 0 && tried >= MIN_TRIED && failed / tried >= FAILED_SHARE
}

const MIN_COOLDOWN_MS = 5_000
const MAX_COOLDOWN_MS = 300_000

/**
 * How long a subscriber that has been failing since `failingSinceAt` is left alone, in whole ms: a quarter of that time,
 * so that a restart of some seconds costs seconds and a night costs few probes.
 */
export function cooldownMs(failingSinceAt: number, now: number): number {
  return Math.min(Math.max(Math.round((now - failingSinceAt) / 4), MIN_COOLDOWN_MS), MAX_COOLDOWN_MS)
}
