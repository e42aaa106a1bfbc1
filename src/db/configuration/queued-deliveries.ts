import type { Client, Transaction } from '../open.ts'
import type { Provider } from '../target.ts'
import { textList } from './json-parameters.ts'

const REASON = 'abonnement deleted'

/** How many deliveries are queued or under way per abonnement; those without any are left out. */
export async function countQueued(
  client: Client | Transaction,
  provider: Provider,
  abonnementIds: readonly string[],
): Promise<Map<string, number>> {
  if (abonnementIds.length === 0) return new Map()
  const rows = await client.$queryRaw<{ id: string; queued: bigint }[]>`
    SELECT abonnement_id AS id, count(*) AS queued FROM delivery
    WHERE abonnement_id IN ${textList(provider, abonnementIds)} GROUP BY abonnement_id`
  return new Map(rows.map(({ id, queued }) => [id, Number(queued)]))
}

/**
 * Moves the unfinished deliveries of these abonnementen to `delivery_done`, outcome cancelled. An
 * attempt that is under way finds its row gone and settles nothing.
 */
export async function cancelDeliveries(
  tx: Transaction,
  provider: Provider,
  abonnementIds: readonly string[],
  now: number,
): Promise<void> {
  if (abonnementIds.length === 0) return
  const ids = textList(provider, abonnementIds)
  if (provider === 'sqlite') {
    await tx.$executeRaw`
      INSERT INTO delivery_done
        (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, last_status, reason, finished_at)
      SELECT sequence, abonnement_id, replay, notificatie_id, 'cancelled', attempt, NULL, ${REASON}, ${now}
      FROM delivery WHERE abonnement_id IN ${ids}`
    await tx.$executeRaw`DELETE FROM delivery WHERE abonnement_id IN ${ids}`
    return
  }
  // One statement, because a row may be settled between two.
  await tx.$executeRaw`
    WITH cancelled AS (
      DELETE FROM delivery WHERE abonnement_id IN ${ids}
      RETURNING sequence, abonnement_id, replay, notificatie_id, attempt
    )
    INSERT INTO delivery_done
      (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, last_status, reason, finished_at)
    SELECT sequence, abonnement_id, replay, notificatie_id, 'cancelled', attempt, NULL, ${REASON}, ${now}
    FROM cancelled`
}
