import type { DeliveryAttempt, DeliveryItem, LaneStatus, Replay } from '../../common/deliveries.ts'
import type { AttemptRow } from '../../db/deliveries/delivery-history.ts'
import type { Lane } from '../../db/deliveries/lanes.ts'
import type { ListedDelivery } from '../../db/deliveries/list-deliveries.ts'
import type { ReplayJobRow } from '../../db/deliveries/replay-jobs.ts'
import { reasonOf } from '../outcome.ts'

// What the database says, as operators are told it: ids of one part, times as ISO 8601.

export function toItem(row: ListedDelivery): DeliveryItem {
  return {
    id: `${row.sequence}.${row.abonnementId}`,
    state: row.state,
    notificatie: row.notificatieId,
    abonnement: { id: row.abonnementId, name: row.name },
    kanaal: row.kanaal,
    receivedAt: iso(row.receivedAt),
    dueAt: isoOrNull(row.dueAt),
    finishedAt: isoOrNull(row.finishedAt),
    attempts: row.attempts,
    replay: row.replay,
    status: row.lastStatus,
    reason: reasonOfRow(row),
  }
}

/** Of an unfinished one the last attempt's, in the words that a dead letter would have. */
function reasonOfRow({ state, lastStatus, lastError }: ListedDelivery): string | null {
  if (state === 'delivered') return null
  if (lastError !== null) return lastError
  return lastStatus === null ? null : reasonOf({ kind: 'answer', status: lastStatus, retryAfter: undefined })
}

/** With the head of the answer only where content was asked for: it may hold personal data. */
export function toAttempt({ startedAt, responseHead, ...row }: AttemptRow, content: boolean): DeliveryAttempt {
  return { ...row, startedAt: iso(startedAt), responseHead: content ? responseHead : null }
}

/** A rest or breaker that is over by `now` (epoch ms) keeps nothing back. */
export function toLaneStatus(lane: Lane, now: number): LaneStatus {
  const { id, name, changedAt, closedUntilAt, failingSinceAt, oldestDueAt, ...rest } = lane
  return {
    abonnement: { id, name },
    ...rest,
    changedAt: isoOrNull(changedAt),
    closedUntil: closedUntilAt > now ? iso(closedUntilAt) : null,
    failingSince: isoOrNull(failingSinceAt),
    oldestDue: isoOrNull(oldestDueAt),
  }
}

export function toReplay({ scope, cursor: _cursor, createdAt, finishedAt, ...job }: ReplayJobRow): Replay {
  return { ...job, filter: scope.asked, createdAt: iso(createdAt), finishedAt: isoOrNull(finishedAt) }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms)
}
