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
  /** Not before `dueAt` (epoch ms). */
  | { outcome: 'retry'; dueAt: number }
  | { outcome: 'dead'; reason: string }

/**
 * Decides by the table of delivery.md §6. Any 2xx is delivered. Everything else is a failure, a redirect
 * and a 4xx too (receivers answer 401 and 404 while they are being redeployed), and is tried again until
 * the schedule ends; an answer's Retry-After only ever makes that later.
 */
export function decide(
  result: AttemptResult,
  { attempt, retry, now, random }: { attempt: number; retry: Retry; now: number; random: Random },
): Decision {
  if (result.kind === 'answer' && isSuccess(result.status)) return { outcome: 'delivered' }
  const delay = retryDelayMs(attempt, retry, random)
  if (delay === undefined) return { outcome: 'dead', reason: reasonOf(result) }
  const asked = result.kind === 'answer' ? retryAfterAt(result.retryAfter, now) : undefined
  return { outcome: 'retry', dueAt: Math.max(now + delay, asked ?? 0) }
}

/** True for a 2xx that subscribers do not normally give: delivered, but worth a look. */
export function isUnexpectedSuccess(status: number): boolean {
  return isSuccess(status) && ![200, 201, 202, 204].includes(status)
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function reasonOf(result: AttemptResult): string {
  if (result.kind === 'error') return result.error
  return result.status >= 300 && result.status < 400 ? `redirect ${result.status}` : `status ${result.status}`
}
