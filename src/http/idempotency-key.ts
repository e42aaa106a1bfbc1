import type { IncomingHttpHeaders } from 'node:http'
import { invalid } from '../common/problem.ts'

/** Longest key, characters. */
export const MAX_IDEMPOTENCY_KEY = 255

/**
 * The publisher's own name for a request, as it was sent (delivery.md §2); undefined without one. Throws Problem
 * `invalid` for one that cannot be told from another: empty, too long, or not of visible ASCII.
 */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && key.length <= MAX_IDEMPOTENCY_KEY && /^[!-~]+( [!-~]+)*$/.test(key)) return key
  const reason = `Geef 1 tot ${MAX_IDEMPOTENCY_KEY} zichtbare ASCII-tekens, bijvoorbeeld een UUID.`
  throw invalid({ name: 'Idempotency-Key', code: 'invalid', reason })
}
