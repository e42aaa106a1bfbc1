import { empty, sqltag as sql } from '@prisma/client/runtime/client'
import { isLastRun } from '../last-run.ts'
import { numberOrNull } from '../number-or-null.ts'
import type { Client, Transaction } from '../open.ts'
import type { Provider } from '../target.ts'

/** What waits for one abonnement and what is known of its subscriber. Times are epoch ms. */
export type Lane = {
  id: string
  name: string
  status: string
  reason: string | null
  changedAt: number | null
  changedBy: string | null
  closedUntilAt: number
  breakerOpen: boolean
  failingSinceAt: number | null
  ready: number
  held: number
  leased: number
  /** Dead letters that were not sent again. */
  dead: number
  oldestDueAt: number | null
}

/**
 * Every abonnement, or one, by name. Costs the unfinished and the dead: what was delivered is not read. (On SQLite the
 * index must be named: it does not see how few the dead are.)
 */
export async function readLanes(client: Client | Transaction, provider: Provider, id?: string): Promise<Lane[]> {
  const one = id === undefined ? empty : sql`WHERE abonnement.id = ${id}`
  const mine = id === undefined ? empty : sql`AND row.abonnement_id = ${id}`
  const index = provider === 'sqlite' ? sql`INDEXED BY delivery_done_dead_idx` : empty
  const rows = await client.$queryRaw<Row[]>`
    SELECT abonnement.id, abonnement.name, state.status, state.reason, state.changed_at, state.changed_by,
      state.closed_until_at, state.breaker_open, state.failing_since_at,
      queued.ready, queued.held, queued.leased, queued.oldest_due_at, letters.dead
    FROM abonnement
    LEFT JOIN abonnement_state AS state ON state.abonnement_id = abonnement.id
    LEFT JOIN (
      SELECT abonnement_id, sum(CASE WHEN state = 0 THEN 1 ELSE 0 END) AS ready,
        sum(CASE WHEN state = 2 THEN 1 ELSE 0 END) AS held, sum(CASE WHEN state = 1 THEN 1 ELSE 0 END) AS leased,
        min(CASE WHEN state = 0 THEN due_at END) AS oldest_due_at
      FROM delivery AS row WHERE 1 = 1 ${mine} GROUP BY abonnement_id
    ) AS queued ON queued.abonnement_id = abonnement.id
    LEFT JOIN (
      SELECT row.abonnement_id, count(*) AS dead FROM delivery_done AS row ${index}
      WHERE row.outcome = 'dead' ${mine} AND ${isLastRun('row')}
      GROUP BY row.abonnement_id
    ) AS letters ON letters.abonnement_id = abonnement.id
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
    ready: Number(row.ready ?? 0),
    held: Number(row.held ?? 0),
    leased: Number(row.leased ?? 0),
    dead: Number(row.dead ?? 0),
    oldestDueAt: numberOrNull(row.oldest_due_at),
  }))
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
  ready: unknown
  held: unknown
  leased: unknown
  dead: unknown
  oldest_due_at: bigint | null
}
