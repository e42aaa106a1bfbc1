import { sqltag as sql } from '@prisma/client/runtime/client'
import { laneWalk } from './lane-walk.ts'
import { numberOrNull } from './number-or-null.ts'
import type { Database } from './open.ts'

/** An abonnement with ready rows that may be sent, now or later. */
export type DueLane = {
  abonnementId: string
  /** When the first of them may go (epoch ms, may lie in the future): not while the lane is closed. */
  dueAt: number
  /** Its breaker is open: one row may go, and only for who takes the right to it. */
  probe: boolean
  /** Since when nothing but failures came back; null: it answers. */
  failingSinceAt: number | null
}

const READY_LANES = laneWalk('lane', 'delivery', sql`state = 0`)

/**
 * Which abonnementen have ready rows; not those that are paused or blocked. Walks the index of ready rows from one
 * abonnement to the next, so that the cost goes with the number of abonnementen and not with the backlog.
 */
export async function dueDeliveries(database: Database): Promise<DueLane[]> {
  const rows = await database.reader.$queryRaw<Row[]>`
    WITH RECURSIVE ${READY_LANES}
    SELECT lanes.id, due_at, closed_until_at, breaker_open, failing_since_at FROM (
      SELECT id, (SELECT min(due_at) FROM delivery WHERE state = 0 AND abonnement_id = lane.id) AS due_at FROM lane
    ) AS lanes LEFT JOIN abonnement_state AS state ON state.abonnement_id = lanes.id
    WHERE lanes.id IS NOT NULL AND due_at IS NOT NULL AND (status IS NULL OR status = 'active')`
  return rows.map((row) => ({
    abonnementId: row.id,
    dueAt: Math.max(Number(row.due_at), Number(row.closed_until_at ?? 0)),
    probe: Boolean(row.breaker_open),
    failingSinceAt: numberOrNull(row.failing_since_at),
  }))
}

type Row = {
  id: string
  due_at: bigint
  closed_until_at: bigint | null
  breaker_open: boolean | number | bigint | null
  failing_since_at: bigint | null
}
