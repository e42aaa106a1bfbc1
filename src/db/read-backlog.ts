import { sqltag as sql } from '@prisma/client/runtime/client'
import type { Backlog, SubscriberState } from '../common/backlog.ts'
import { deadLettersOf, lanesWithDead } from './dead-letters.ts'
import { laneWalk } from './lane-walk.ts'
import { numberOrNull } from './number-or-null.ts'
import type { Database } from './open.ts'
import { letOthersTurn } from './turns.ts'

/** Rows of one state and lane, and dead letters of one abonnement, that are counted at most. */
const MAX_COUNTED = 10_000

/**
 * Counts what waits, per abonnement. Walks the indexes from one abonnement to the next and stops counting at
 * MAX_COUNTED: SQLite does nothing else meanwhile (26 ms for a million rows in 20 lanes; the dead letters of one
 * abonnement 15 ms, and others have their turn before the next). Of each ordering key one row is not held; to look at the state would be a look at each row.
 */
export async function readBacklog({ reader, provider }: Database, limit = MAX_COUNTED): Promise<Backlog> {
  const lanes = await reader.$queryRaw<LaneRow[]>`
    WITH RECURSIVE ${laneWalk('ready', 'delivery', sql`state = 0`)}, leased AS (
      SELECT abonnement_id AS id, count(*) AS count FROM delivery WHERE state = 1 GROUP BY abonnement_id
    ), lane AS (
      SELECT id FROM ready WHERE id IS NOT NULL UNION SELECT id FROM leased
    )
    SELECT id,
      (SELECT count(*) FROM
        (SELECT 1 FROM delivery WHERE state = 0 AND abonnement_id = lane.id LIMIT ${limit}) AS counted) AS ready,
      (SELECT count FROM leased WHERE leased.id = lane.id) AS leased,
      (SELECT count(*) - count(DISTINCT ordering_key) FROM
        (SELECT ordering_key FROM delivery WHERE abonnement_id = lane.id AND ordering_key IS NOT NULL LIMIT ${limit})
        AS keyed) AS held,
      (SELECT min(due_at) FROM delivery WHERE state = 0 AND abonnement_id = lane.id) AS due_at
    FROM lane`
  const subscribers = await reader.$queryRaw<SubscriberRow[]>`
    SELECT abonnement_id AS id, status, breaker_open FROM abonnement_state`
  const dead: Backlog['dead'][number][] = []
  for (const abonnementId of await lanesWithDead(reader)) {
    await letOthersTurn(provider)
    const [row] = await reader.$queryRaw<{ count: bigint | number }[]>`
      SELECT count(*) AS count FROM (SELECT 1 ${deadLettersOf(provider, abonnementId)} LIMIT ${limit}) AS counted`
    const count = Number(row?.count ?? 0)
    if (count > 0) dead.push({ abonnementId, count })
  }
  return {
    lanes: lanes.map((row) => ({
      abonnementId: row.id,
      ready: Number(row.ready),
      leased: Number(row.leased ?? 0),
      held: Number(row.held),
      oldestDueAt: numberOrNull(row.due_at),
    })),
    subscribers: subscribers.map(({ id, status, breaker_open: open }) => ({
      abonnementId: id,
      status,
      breakerOpen: Boolean(open),
    })),
    dead,
  }
}

type LaneRow = { id: string; ready: bigint; leased: bigint | null; held: bigint; due_at: bigint | null }
type SubscriberRow = { id: string; status: SubscriberState['status']; breaker_open: boolean | number | bigint }
