import type { DeliveryKey } from './claim-deliveries.ts'
import type { Database } from './open.ts'

/** A lease that is given back: the attempt that its claim counted. */
export type HeldLease = DeliveryKey & { attempt: number }

/**
 * Gives leases back as if they had never been taken: ready at the same due time, the attempt not counted.
 * Returns how many were still held by `owner`.
 */
export async function releaseDeliveries(
  database: Database,
  { owner, leases }: { owner: string; leases: readonly HeldLease[] },
): Promise<number> {
  if (leases.length === 0) return 0
  const json = JSON.stringify(
    leases
      .map(({ sequence, abonnementId, replay, attempt }) => ({ sequence, abonnementId, replay, attempt }))
      .toSorted((a, b) => a.sequence - b.sequence || (a.abonnementId < b.abonnementId ? -1 : 1)),
  )
  return database.rawTransaction((tx) =>
    database.provider === 'sqlite'
      ? tx.$executeRaw`
          UPDATE delivery SET state = 0, lease_owner = NULL, leased_until_at = NULL, attempt = attempt - 1
          FROM json_each(${json}) AS item
          WHERE sequence = item.value->>'sequence' AND abonnement_id = item.value->>'abonnementId'
            AND replay = item.value->>'replay' AND attempt = item.value->>'attempt'
            AND state = 1 AND lease_owner = ${owner}`
      : tx.$executeRaw`
          UPDATE delivery AS row SET state = 0, lease_owner = NULL, leased_until_at = NULL, attempt = row.attempt - 1
          FROM json_to_recordset(${json}::json)
                 AS item(sequence bigint, "abonnementId" text, replay int, attempt int)
          WHERE row.sequence = item.sequence AND row.abonnement_id = item."abonnementId" AND row.replay = item.replay
            AND row.state = 1 AND row.lease_owner = ${owner} AND row.attempt = item.attempt`,
  )
}
