import type { Sql } from '@prisma/client/runtime/client'
import { textList } from './configuration/json-parameters.ts'
import type { Transaction } from './open.ts'
import type { Provider } from './target.ts'

/**
 * Ends every unfinished delivery of abonnementen that are being deleted, with outcome `cancelled`, and returns how
 * many. What was known of their subscribers goes too: a declared abonnement that comes back has the same uuid. Call it
 * after `bumpEpoch` in the same transaction, so that no accept can still add one.
 */
export async function cancelDeliveries(
  tx: Transaction,
  provider: Provider,
  abonnementIds: readonly string[],
  now: number,
): Promise<number> {
  if (abonnementIds.length === 0) return 0
  const ids = textList(provider, abonnementIds)
  const cancelled = await moveToDone(tx, provider, ids, BigInt(now))
  // Last, as a settle does it: its rows are gone by now or it has ended, so it can write no state any more.
  await tx.$executeRaw`DELETE FROM abonnement_state WHERE abonnement_id IN ${ids}`
  return cancelled
}

/** On PostgreSQL it is one statement: a settle beside it takes its row either before or not at all. */
async function moveToDone(tx: Transaction, provider: Provider, ids: Sql, finishedAt: bigint): Promise<number> {
  if (provider === 'postgresql') {
    return tx.$executeRaw`
      WITH gone AS (DELETE FROM delivery WHERE abonnement_id IN ${ids} RETURNING *)
      INSERT INTO delivery_done
        (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, last_status, reason, finished_at)
      SELECT sequence, abonnement_id, replay, notificatie_id, 'cancelled', attempt, NULL, ${REASON}, ${finishedAt}
      FROM gone`
  }
  const cancelled = await tx.$executeRaw`
    INSERT INTO delivery_done
      (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, last_status, reason, finished_at)
    SELECT sequence, abonnement_id, replay, notificatie_id, 'cancelled', attempt, NULL, ${REASON}, ${finishedAt}
    FROM delivery WHERE abonnement_id IN ${ids}`
  await tx.$executeRaw`DELETE FROM delivery WHERE abonnement_id IN ${ids}`
  return cancelled
}

const REASON = 'abonnement deleted'
