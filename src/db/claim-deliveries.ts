import { join, sqltag as sql } from '@prisma/client/runtime/client'
import type { Database, Transaction } from './open.ts'

/** Which delivery: the primary key of `delivery`. */
export type DeliveryKey = { sequence: number; abonnementId: string; replay: number }

/** A leased delivery with all that is needed to send it. */
export type ClaimedDelivery = DeliveryKey & {
  notificatieId: string
  dueAt: number
  /** Number of the attempt that may now be made; with the lease's owner it fences the settle. */
  attempt: number
  leasedUntilAt: number
  body: string
  format: number
}

/** How many due rows of one abonnement are wanted, and until when (epoch ms) they are leased. */
export type ClaimLane = { abonnementId: string; room: number; leasedUntilAt: number }

/** `epoch` is the catalog's at the claim: with an older snapshot nothing may be sent. */
export type Claim = { epoch: number; deliveries: ClaimedDelivery[] }

/**
 * Leases due rows for `owner`, the oldest due of each lane first, and counts an attempt for each. A row
 * that somebody else is claiming is passed over, so no row gets two owners and nobody waits.
 */
export async function claimDeliveries(
  database: Database,
  { owner, now, lanes }: { owner: string; now: number; lanes: readonly ClaimLane[] },
): Promise<Claim> {
  const claim = database.provider === 'sqlite' ? claimOnSqlite : claimOnPostgresql
  return database.transaction(async (tx) => {
    const rows = await claim(tx, owner, now, lanes)
    const catalog = await tx.$queryRaw<{ epoch: bigint }[]>`SELECT epoch FROM catalog WHERE id = 1`
    return {
      epoch: Number(catalog[0]?.epoch),
      deliveries: rows.map(fromRow).toSorted((a, b) => a.dueAt - b.dueAt || a.sequence - b.sequence),
    }
  })
}

/**
 * One index range per lane, read in order and left at `room`. `state = 0` is repeated outside: under READ
 * COMMITTED the row may have changed between its lock and its update.
 */
function claimOnPostgresql(tx: Transaction, owner: string, now: number, lanes: readonly ClaimLane[]): Promise<Row[]> {
  return tx.$queryRaw<Row[]>`
    WITH picked AS (
      SELECT due.sequence, due.abonnement_id, due.replay, lane."leasedUntilAt"
      FROM json_to_recordset(${JSON.stringify(lanes)}::json)
             AS lane("abonnementId" text, room int, "leasedUntilAt" bigint)
      CROSS JOIN LATERAL (
        SELECT sequence, abonnement_id, replay FROM delivery
        WHERE abonnement_id = lane."abonnementId" AND state = 0 AND due_at <= ${BigInt(now)}
        ORDER BY due_at, sequence LIMIT lane.room FOR UPDATE SKIP LOCKED
      ) AS due
    ), leased AS (
      UPDATE delivery AS row
      SET state = 1, lease_owner = ${owner}, leased_until_at = picked."leasedUntilAt", attempt = row.attempt + 1
      FROM picked
      WHERE row.sequence = picked.sequence AND row.abonnement_id = picked.abonnement_id
        AND row.replay = picked.replay AND row.state = 0
      RETURNING row.*
    )
    SELECT leased.*, notificatie.body, notificatie.format
    FROM leased JOIN notificatie ON notificatie.id = leased.notificatie_id`
}

/**
 * SQLite has neither LATERAL nor a LIMIT that differs per row (a window function would read the whole
 * backlog of a lane), so each lane is a term of its own in a compound SELECT.
 */
function claimOnSqlite(tx: Transaction, owner: string, now: number, lanes: readonly ClaimLane[]): Promise<Row[]> {
  if (lanes.length === 0) return Promise.resolve([])
  const terms = lanes.map(
    (lane) => sql`SELECT * FROM (
      SELECT rowid AS id, ${BigInt(lane.leasedUntilAt)} AS until FROM delivery
      WHERE abonnement_id = ${lane.abonnementId} AND state = 0 AND due_at <= ${BigInt(now)}
      ORDER BY due_at, sequence LIMIT ${lane.room})`,
  )
  return tx.$queryRaw<Row[]>`
    UPDATE delivery
    SET state = 1, lease_owner = ${owner}, leased_until_at = picked.until, attempt = attempt + 1
    FROM (${join(terms, ' UNION ALL ')}) AS picked
    WHERE delivery.rowid = picked.id AND state = 0
    RETURNING sequence, abonnement_id, replay, notificatie_id, due_at, attempt, leased_until_at,
      (SELECT body FROM notificatie WHERE notificatie.id = delivery.notificatie_id) AS body,
      (SELECT format FROM notificatie WHERE notificatie.id = delivery.notificatie_id) AS format`
}

type Row = {
  sequence: bigint
  abonnement_id: string
  replay: number | bigint
  notificatie_id: string
  due_at: bigint
  attempt: number | bigint
  leased_until_at: bigint
  body: string
  format: number | bigint
}

function fromRow(row: Row): ClaimedDelivery {
  return {
    sequence: Number(row.sequence),
    abonnementId: row.abonnement_id,
    replay: Number(row.replay),
    notificatieId: row.notificatie_id,
    dueAt: Number(row.due_at),
    attempt: Number(row.attempt),
    leasedUntilAt: Number(row.leased_until_at),
    body: row.body,
    format: Number(row.format),
  }
}
