import type { Provider } from './target.ts'
import type { Transaction } from './open.ts'

/**
 * Ends every unfinished delivery of an abonnement that is being deleted, with outcome `cancelled`, and
 * returns how many. Call it after `bumpEpoch` in the same transaction, so that no accept can still add
 * one. On PostgreSQL it is one statement: a settle beside it takes its row either before or not at all.
 */
export async function cancelDeliveries(
  tx: Transaction,
  provider: Provider,
  abonnementId: string,
  now: number,
): Promise<number> {
  const finishedAt = BigInt(now)
  if (provider === 'postgresql') {
    return tx.$executeRaw`
      WITH gone AS (DELETE FROM delivery WHERE abonnement_id = ${abonnementId} RETURNING *)
      INSERT INTO delivery_done
        (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, last_status, reason, finished_at)
      SELECT sequence, abonnement_id, replay, notificatie_id, 'cancelled', attempt, NULL, ${REASON}, ${finishedAt}
      FROM gone`
  }
  const cancelled = await tx.$executeRaw`
    INSERT INTO delivery_done
      (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, last_status, reason, finished_at)
    SELECT sequence, abonnement_id, replay, notificatie_id, 'cancelled', attempt, NULL, ${REASON}, ${finishedAt}
    FROM delivery WHERE abonnement_id = ${abonnementId}`
  await tx.$executeRaw`DELETE FROM delivery WHERE abonnement_id = ${abonnementId}`
  return cancelled
}

const REASON = 'abonnement deleted'
