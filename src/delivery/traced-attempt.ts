import type { Abonnement } from '../common/snapshot.ts'
import type { ClaimedDelivery } from '../db/claim-deliveries.ts'
import type { Attributes, Tracer, TraceSpan } from '../observability/tracer.ts'
import type { AttemptReport } from './attempt.ts'
import { isDelivered } from './outcome.ts'

/** The span of an attempt that begins, in the trace of its message. */
export function traceAttempt(tracer: Tracer, delivery: ClaimedDelivery, { name }: Pick<Abonnement, 'name'>): TraceSpan {
  return tracer.attempting(delivery.traceparent ?? null, {
    'bode.abonnement': name,
    'bode.notificatie.id': delivery.notificatieId,
    'bode.attempt': delivery.attempt,
    'bode.replay': delivery.replay,
  })
}

/** Ends it with what came of it. */
export function endTrace(span: TraceSpan, { result }: AttemptReport): void {
  span.end({ failed: result === 'aborted' || !isDelivered(result), attributes: outcomeOf(result) })
}

function outcomeOf(result: AttemptReport['result']): Attributes {
  if (result === 'aborted') return { 'error.type': result }
  return result.kind === 'answer' ? { 'http.response.status_code': result.status } : { 'error.type': result.error }
}
