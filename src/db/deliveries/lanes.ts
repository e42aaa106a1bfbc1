import { empty, sqltag as sql } from '@prisma/client/runtime/client'
import { numberOrNull } from '../number-or-null.ts'
import type { Client, Database, Transaction } from '../open.ts'
import { countLanes, NOTHING, type LaneCounts } from './count-lanes.ts'

/** What is known of the subscriber of one abonnement. Times are epoch ms. */
export type LaneState = {
  id: string
  name: string
  status: string
  reason: string | null
  changedAt: number | null
  changedBy: string | null
  closedUntilAt: number
  breakerOpen: boolean
  failingSinceAt: number | null
}

/** The same with what waits for it. */
export type Lane = LaneState & LaneCounts

/** Every abonnement, or one, by name. */
export async function readLaneStates(client: Client | Transaction, id?: string): Promise<LaneState[]> {
  const one = id === undefined ? empty : sql`WHERE abonnement.id = ${id}`
  const rows = await client.$queryRaw<Row[]>`
    SELECT abonnement.id, abonnement.name, state.status, state.reason, state.changed_at, state.changed_by,
      state.closed_until_at, state.breaker_open, state.failing_since_at
    FROM abonnement LEFT JOIN abonnement_state AS state ON state.abonnement_id = abonnement.id
    ${one} ORDER BY abonnement.name`
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    status: row.status ?? 'active',
    reason: row.reason,
    changedAt: numberOrNull(row.changed_at),
    changedBy: row.changed_by,
    closedUntilAt: Number(row.closed_until_at ?? 0),
    breakerOpen: Boolean(row.breaker_open),
    failingSinceAt: numberOrNull(row.failing_since_at),
  }))
}

/**
 * The same with what waits. Costs the unfinished and the dead, a window at a time on SQLite: what was delivered is not
 * read.
 */
export async function readLanes(database: Pick<Database, 'reader' | 'provider'>, id?: string): Promise<Lane[]> {
  const states = await readLaneStates(database.reader, id)
  const counts = await countLanes(database, id)
  return states.map((state) => ({ ...state, ...(counts.get(state.id) ?? NOTHING) }))
}

/** Sends nothing more to this abonnement, whatever else is known of it, until `resumeLane`. */
export async function pauseLane(
  tx: Transaction,
  { id, reason, by, now }: { id: string; reason: string | null; by: string; now: number },
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO abonnement_state (abonnement_id, status, reason, changed_at, changed_by)
    VALUES (${id}, 'paused', ${reason}, ${BigInt(now)}, ${by})
    ON CONFLICT (abonnement_id) DO UPDATE
    SET status = 'paused', reason = excluded.reason, changed_at = excluded.changed_at, changed_by = excluded.changed_by`
}

/** Ends whatever keeps this abonnement from being sent to: a pause, a block, a rest, an open breaker. */
export async function resumeLane(
  tx: Transaction,
  { id, by, now }: { id: string; by: string; now: number },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE abonnement_state SET status = 'active', reason = NULL, changed_at = ${BigInt(now)}, changed_by = ${by},
      closed_until_at = 0, breaker_open = ${false}, failing_since_at = NULL
    WHERE abonnement_id = ${id}`
}

type Row = {
  id: string
  name: string
  status: string | null
  reason: string | null
  changed_at: bigint | null
  changed_by: string | null
  closed_until_at: bigint | null
  breaker_open: boolean | number | bigint | null
  failing_since_at: bigint | null
}
