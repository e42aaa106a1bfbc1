import type { Random } from '../common/clock.ts'
import type { Retry } from '../common/model.ts'

/** How far a delay is moved to either side, so that what failed together does not come back together. */
export const JITTER = 0.2

/**
 * How long to wait after failed attempt number `attempt` (1 is the first), in ms: `backoff x base^n` capped
 * at `backoffMax`, then moved by at most JITTER. Undefined when `maxRetries` retries have been made.
 */
export function retryDelayMs(attempt: number, retry: Retry, random: Random): number | undefined {
  if (attempt > retry.maxRetries) return undefined
  const delay = Math.min(retry.backoffMs * retry.baseFactor ** (attempt - 1), retry.backoffMaxMs)
  return Math.round(delay * (1 - JITTER + 2 * JITTER * random()))
}

/** No answer may keep a delivery away for longer than this. */
export const MAX_RETRY_AFTER_MS = 24 * 3_600_000

/**
 * The moment (epoch ms) that a Retry-After header names, in seconds or as an HTTP date (RFC 9110 §10.2.3);
 * undefined when it says nothing. At most a day ahead.
 */
export function retryAfterAt(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  const at = /^\d+$/.test(text) ? now + Number(text) * 1_000 : /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(at) ? undefined : Math.min(at, now + MAX_RETRY_AFTER_MS)
}
