import type { Abonnement } from '../common/snapshot.ts'
import { timeOfUuid } from '../common/uuid-time.ts'
import type { ClaimedDelivery } from '../db/claim-deliveries.ts'
import type { ObservedAttempt } from '../observability/observer.ts'
import { isDelivered, type AttemptResult } from './outcome.ts'

/** What the metrics are told of an attempt that ended at `now` (epoch ms). */
export function observedAttempt(
  { notificatieId, replay }: Pick<ClaimedDelivery, 'notificatieId' | 'replay'>,
  { name }: Pick<Abonnement, 'name'>,
  { result, durationMs }: { result: AttemptResult; durationMs: number },
  now: number,
): ObservedAttempt {
  // The id holds the moment of the accept; a replay of last month would be a month.
  const acceptedAt = replay === 0 && isDelivered(result) ? timeOfUuid(notificatieId) : undefined
  return {
    abonnement: name,
    result: result.kind === 'answer' ? `${Math.floor(result.status / 100)}xx` : result.error,
    durationMs,
    deliveredAfterMs: acceptedAt === undefined ? undefined : Math.max(0, now - acceptedAt),
  }
}
