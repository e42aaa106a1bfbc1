import { join, sqltag as sql } from '@prisma/client/runtime/client'
import { takeProbes } from './abonnement-state.ts'
import type { Database } from './open.ts'
import type { Statements } from './statements.ts'

/** Which delivery: the primary key of `delivery`. */
export type DeliveryKey = { sequence: number; abonnementId: string; replay: number }

/** A leased delivery with all that is needed to send it. */
export type ClaimedDelivery = DeliveryKey & {
  notificatieId: string
  dueAt: number
  /** Number of the attempt that may now be made; with the lease's owner it fences the settle. */
  attempt: number
  leasedUntilAt: number
  /** Failed attempts that count for the retry schedule. */
  failures: number
  orderingKey: string | null
  /** It goes alone, to see whether the subscriber answers again, after failing since then (epoch ms). */
  probe: { failingSinceAt: number } | null
  body: string
  format: number
  /** Of the request that brought the message. */
  traceparent?: string | null
}

/**
 * How many due rows of one abonnement are wanted, and until when (epoch ms) they are leased. With `probeUntilAt` its
 * breaker is known to be open: then one row at most, for whoever is first, and nothing more until that moment.
 */
export type ClaimLane = { abonnementId: string; room: number; leasedUntilAt: number; probeUntilAt?: number }

/** `epoch` is the catalog's at the claim: with an older snapshot nothing may be sent. 0: there is nothing to send. */
export type Claim = { epoch: number; deliveries: ClaimedDelivery[] }

/**
 * Leases due rows for `owner`, the oldest due of each lane first, and counts an attempt for each. A row
 * that somebody else is claiming is passed over, so no row gets two owners and nobody waits. Lanes that are paused,
 * blocked, at rest or behind an open breaker give nothing.
 */
export async function claimDeliveries(
  database: Database,
  { owner, now, lanes }: { owner: string; now: number; lanes: readonly ClaimLane[] },
): Promise<Claim> {
  const claim = database.provider === 'sqlite' ? claimOnSqlite : claimOnPostgresql
  const probes = lanes.flatMap(({ abonnementId, probeUntilAt }) =>
    probeUntilAt === undefined ? [] : [{ abonnementId, closedUntilAt: probeUntilAt }],
  )
  const work = async (tx: Statements): Promise<Claim> => {
    const probing = await takeProbes(tx, database.provider, now, probes)
    const rows = await claim(
      tx,
      owner,
      now,
      lanes.flatMap((lane) => openLane(lane, probing)),
    )
    return {
      epoch: Number(rows[0]?.epoch ?? 0),
      deliveries: rows
        .map((row) => fromRow(row, probing))
        .toSorted((a, b) => a.dueAt - b.dueAt || a.sequence - b.sequence),
    }
  }
  return probes.length === 0 ? database.rawStatement(work) : database.rawTransaction(work)
}

/** A lane as the statements take it; `probe`: it is closed, but not for us. */
type OpenLane = Omit<ClaimLane, 'probeUntilAt'> & { probe: boolean }

/** A lane whose probe somebody else has is left out. */
function openLane({ probeUntilAt, ...lane }: ClaimLane, probing: ReadonlyMap<string, number>): OpenLane[] {
  if (probeUntilAt === undefined) return [{ ...lane, probe: false }]
  return probing.has(lane.abonnementId) ? [{ ...lane, room: 1, probe: true }] : []
}

/**
 * One index range per lane, read in order and left at `room`. `state = 0` is repeated outside: under READ
 * COMMITTED the row may have changed between its lock and its update.
 */
function claimOnPostgresql(tx: Statements, owner: string, now: number, lanes: readonly OpenLane[]): Promise<Row[]> {
  return tx.$queryRaw<Row[]>`
    WITH picked AS (
      SELECT due.sequence, due.abonnement_id, due.replay, lane."leasedUntilAt"
      FROM (
        SELECT asked.* FROM json_to_recordset(${JSON.stringify(lanes)}::json)
               AS asked("abonnementId" text, room int, "leasedUntilAt" bigint, probe boolean)
        LEFT JOIN abonnement_state AS state ON state.abonnement_id = asked."abonnementId"
        WHERE asked.probe OR state.abonnement_id IS NULL
          OR (state.status = 'active' AND NOT state.breaker_open AND state.closed_until_at <= ${BigInt(now)})
      ) AS lane
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
    SELECT leased.*, notificatie.body, notificatie.format, notificatie.traceparent,
      (SELECT epoch FROM catalog WHERE id = 1) AS epoch
    FROM leased JOIN notificatie ON notificatie.id = leased.notificatie_id`
}

/**
 * SQLite has neither LATERAL nor a LIMIT that differs per row (a window function would read the whole
 * backlog of a lane), so each lane is a term of its own in a compound SELECT.
 */
function claimOnSqlite(tx: Statements, owner: string, now: number, lanes: readonly OpenLane[]): Promise<Row[]> {
  if (lanes.length === 0) return Promise.resolve([])
  const terms = lanes.map(
    (lane) => sql`SELECT * FROM (
      SELECT rowid AS id, ${BigInt(lane.leasedUntilAt)} AS until FROM delivery
      WHERE abonnement_id = ${lane.abonnementId} AND state = 0 AND due_at <= ${BigInt(now)}
        AND (${lane.probe} OR NOT EXISTS (
          SELECT 1 FROM abonnement_state WHERE abonnement_id = ${lane.abonnementId}
            AND (status <> 'active' OR breaker_open OR closed_until_at > ${BigInt(now)})))
      ORDER BY due_at, sequence LIMIT ${lane.room})`,
  )
  return tx.$queryRaw<Row[]>`
    UPDATE delivery
    SET state = 1, lease_owner = ${owner}, leased_until_at = picked.until, attempt = attempt + 1
    FROM (${join(terms, ' UNION ALL ')}) AS picked
    WHERE delivery.rowid = picked.id AND state = 0
    RETURNING sequence, abonnement_id, replay, notificatie_id, due_at, attempt, failures, ordering_key, leased_until_at,
      (SELECT body FROM notificatie WHERE notificatie.id = delivery.notificatie_id) AS body,
      (SELECT format FROM notificatie WHERE notificatie.id = delivery.notificatie_id) AS format,
      (SELECT traceparent FROM notificatie WHERE notificatie.id = delivery.notificatie_id) AS traceparent,
      (SELECT epoch FROM catalog WHERE id = 1) AS epoch`
}

type Row = {
  sequence: bigint
  abonnement_id: string
  replay: number | bigint
  notificatie_id: string
  due_at: bigint
  attempt: number | bigint
  failures: number | bigint
  ordering_key: string | null
  leased_until_at: bigint
  body: string
  format: number | bigint
  traceparent: string | null
  epoch: bigint
}

function fromRow(row: Row, probing: ReadonlyMap<string, number>): ClaimedDelivery {
  const failingSinceAt = probing.get(row.abonnement_id)
  return {
    sequence: Number(row.sequence),
    abonnementId: row.abonnement_id,
    replay: Number(row.replay),
    notificatieId: row.notificatie_id,
    dueAt: Number(row.due_at),
    attempt: Number(row.attempt),
    failures: Number(row.failures),
    orderingKey: row.ordering_key,
    probe: failingSinceAt === undefined ? null : { failingSinceAt },
    leasedUntilAt: Number(row.leased_until_at),
    body: row.body,
    format: Number(row.format),
    traceparent: row.traceparent,
  }
}
