import type { Random } from '../common/clock.ts'
import type { Retry } from '../common/model.ts'
import { retryAfterAt, retryDelayMs } from './retry.ts'

/** What happened on the wire: an answer, or why there was none. */
export type AttemptResult =
  | { kind: 'answer'; status: number; retryAfter: string | undefined }
  /** `error` is a word: an EgressErrorClass, or `body` when there was nothing that could be sent. */
  | { kind: 'error'; error: string }

/** What that means for the delivery. */
export type Decision =
  | { outcome: 'delivered' }
  /** Not before `dueAt` (epoch ms). `counts`: for the retry schedule. */
  | { outcome: 'retry'; dueAt: number; counts: boolean }
  | { outcome: 'dead'; reason: string }

/**
 * Decides by the table of delivery.md §6. Any 2xx is delivered. 410 is about the abonnement, which is blocked: its
 * delivery waits with the others. Everything else is a failure, a redirect and a 4xx too (receivers answer 401 and
 * 404 while they are being redeployed), and is tried again until the schedule ends; an answer's Retry-After only
 * ever makes that later. `failures` are those before this attempt.
 */
export function decide(
  result: AttemptResult,
  { failures, retry, now, random }: { failures: number; retry: Retry; now: number; random: Random },
): Decision {
  if (isDelivered(result)) return { outcome: 'delivered' }
  if (isGone(result)) return { outcome: 'retry', dueAt: now, counts: false }
  const delay = retryDelayMs(failures + 1, retry, random)
  if (delay === undefined) return { outcome: 'dead', reason: reasonOf(result) }
  const asked = result.kind === 'answer' ? retryAfterAt(result.retryAfter, now) : undefined
  return { outcome: 'retry', dueAt: Math.max(now + delay, asked ?? 0), counts: true }
}

export function isDelivered(result: AttemptResult): boolean {
  return result.kind === 'answer' && isSuccess(result.status)
}

/** The subscriber says that it is no more. */
export function isGone(result: AttemptResult): boolean {
  return result.kind === 'answer' && result.status === 410
}

/** The subscriber does not accept our credentials. It is tried again all the same: a renewal may be under way. */
export function isUnauthorized(result: AttemptResult): boolean {
  return result.kind === 'answer' && (result.status === 401 || result.status === 403)
}

/** The word for what went wrong that stands with an attempt; null: nothing did, or the status says it all. */
export function errorOf(result: AttemptResult): string | null {
  if (result.kind === 'error') return result.error
  return isUnauthorized(result) ? 'unauthorized' : null
}

/** It is more than the subscriber can take. */
export function isOverload(result: AttemptResult): boolean {
  return result.kind === 'error' ? result.error === 'timeout' : result.status === 429 || result.status >= 500
}

/** Until when (epoch ms) the subscriber asks for rest from everything, with 429 or 503 and a Retry-After. */
export function restUntilAt(result: AttemptResult, now: number): number | undefined {
  if (result.kind === 'error' || (result.status !== 429 && result.status !== 503)) return undefined
  const asked = retryAfterAt(result.retryAfter, now)
  return asked !== undefined && asked > now ? asked : undefined
}

/** True for a 2xx that subscribers do not normally give: delivered, but worth a look. */
export function isUnexpectedSuccess(status: number): boolean {
  return isSuccess(status) && ![200, 201, 202, 204].includes(status)
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

/** In a few stable words, for a dead letter. */
export function reasonOf(result: AttemptResult): string {
  if (result.kind === 'error') return result.error
  return result.status >= 300 && result.status < 400 ? `redirect ${result.status}` : `status ${result.status}`
}
