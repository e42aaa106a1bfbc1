import type { Database } from './open.ts'

/** At most this many rows in one statement: a dead server's work comes back in bites. */
const MAX_ROWS = 1_000

/**
 * Makes rows ready again whose lease ended before `now`, or whose owner was last seen before
 * `deadBefore` (both epoch ms). The attempt stays counted: its request may have been sent. Returns which
 * abonnementen got work, once per row.
 */
export async function reclaimDeliveries(
  database: Database,
  { now, deadBefore }: { now: number; deadBefore: number },
): Promise<string[]> {
  const rows = await database.rawTransaction((tx) =>
    database.provider === 'sqlite'
      ? tx.$queryRaw<{ abonnementId: string }[]>`
          UPDATE delivery SET state = 0, lease_owner = NULL, leased_until_at = NULL
          WHERE state = 1 AND (leased_until_at < ${BigInt(now)}
            OR lease_owner IN (SELECT id FROM server WHERE seen_at < ${BigInt(deadBefore)}))
          RETURNING abonnement_id AS "abonnementId"`
      : // SKIP LOCKED: a row that its owner is settling right now is not lost, and nobody waits for it.
        tx.$queryRaw<{ abonnementId: string }[]>`
          UPDATE delivery AS row SET state = 0, lease_owner = NULL, leased_until_at = NULL
          FROM (
            SELECT sequence, abonnement_id, replay FROM delivery
            WHERE state = 1 AND (leased_until_at < ${BigInt(now)}
              OR lease_owner IN (SELECT id FROM server WHERE seen_at < ${BigInt(deadBefore)}))
            ORDER BY sequence, abonnement_id, replay LIMIT ${MAX_ROWS}::int FOR UPDATE SKIP LOCKED
          ) AS lost
          WHERE row.sequence = lost.sequence AND row.abonnement_id = lost.abonnement_id AND row.replay = lost.replay
            AND row.state = 1
          RETURNING row.abonnement_id AS "abonnementId"`,
  )
  return rows.map(({ abonnementId }) => abonnementId)
}

/**
 * Makes every leased row ready again, at the start of the one server that a SQLite file has: whoever held
 * a lease is gone. Returns how many there were.
 */
export async function reclaimAllDeliveries(database: Database): Promise<number> {
  return database.rawTransaction(
    (tx) => tx.$executeRaw`
      UPDATE delivery SET state = 0, lease_owner = NULL, leased_until_at = NULL WHERE state = 1`,
  )
}
