/** How many requests at once one subscriber gets at the moment. Plain data. */
export type Concurrency = {
  readonly limit: number
  /** Successes since the limit last moved. */
  readonly successes: number
  /** When it was last made smaller (epoch ms). */
  readonly reducedAt: number
}

/** As much as is configured: a subscriber is trusted until it shows that it is too much. */
export function fullConcurrency(max: number): Concurrency {
  return { limit: max, successes: 0, reducedAt: -Infinity }
}

/** After an outage: one at a time, and up from there. */
export const SLOW_START = fullConcurrency(1)

/**
 * Additive increase, multiplicative decrease: one more after as many successes as the limit is, half of it when the
 * subscriber shows overload. Requests that were under way together count as one sign: of those only the first, that
 * is the one that began after the last reduction, makes it smaller.
 */
export function adjust(
  concurrency: Concurrency,
  sign: 'success' | 'overload' | 'neither',
  { startedAt, now, max }: { startedAt: number; now: number; max: number },
): Concurrency {
  const { limit, successes, reducedAt } = concurrency
  if (sign === 'overload') {
    if (startedAt <= reducedAt) return concurrency
    return { limit: Math.max(1, Math.floor(Math.min(limit, max) / 2)), successes: 0, reducedAt: now }
  }
  if (sign === 'neither' || limit >= max) return concurrency
  if (successes + 1 < limit) return { ...concurrency, successes: successes + 1 }
  return { ...concurrency, limit: limit + 1, successes: 0 }
}
