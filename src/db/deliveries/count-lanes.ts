import { empty, sqltag as sql } from '@prisma/client/runtime/client'
import { isLastRun } from '../last-run.ts'
import { numberOrNull } from '../number-or-null.ts'
import type { Database } from '../open.ts'
import { DEAD, partsOf, rowsOf, UNFINISHED } from './parts.ts'

/** What waits for one abonnement. */
export type LaneCounts = {
  ready: number
  held: number
  leased: number
  /** Dead letters that were not sent again. */
  dead: number
  /** When the oldest that is ready was due, epoch ms. */
  oldestDueAt: number | null
}

export const NOTHING: LaneCounts = { ready: 0, held: 0, leased: 0, dead: 0, oldestDueAt: null }

const NO_BOUNDS = { after: null, before: null }

/** Of every abonnement for which anything waits or died, or of one. */
export async function countLanes(
  database: Pick<Database, 'reader' | 'provider'>,
  id?: string,
): Promise<Map<string, LaneCounts>> {
  const { reader, provider } = database
  const counts = new Map<string, LaneCounts>()
  const countsOf = (lane: string): LaneCounts => {
    const known = counts.get(lane) ?? { ...NOTHING }
    counts.set(lane, known)
    return known
  }
  const mine = id === undefined ? empty : sql`AND row.abonnement_id = ${id}`
  for await (const part of partsOf(database, UNFINISHED, {}, NO_BOUNDS)) {
    const rows = await reader.$queryRaw<UnfinishedRow[]>`
      SELECT row.abonnement_id AS id, sum(CASE WHEN row.state = 0 THEN 1 ELSE 0 END) AS ready,
        sum(CASE WHEN row.state = 2 THEN 1 ELSE 0 END) AS held, sum(CASE WHEN row.state = 1 THEN 1 ELSE 0 END) AS leased,
        min(CASE WHEN row.state = 0 THEN row.due_at END) AS due_at
      ${rowsOf(UNFINISHED, provider)} ${mine} ${part} GROUP BY row.abonnement_id`
    for (const row of rows) {
      const lane = countsOf(row.id)
      lane.ready += Number(row.ready)
      lane.held += Number(row.held)
      lane.leased += Number(row.leased)
      const dueAt = numberOrNull(row.due_at)
      if (dueAt !== null) lane.oldestDueAt = Math.min(dueAt, lane.oldestDueAt ?? dueAt)
    }
  }
  for await (const part of partsOf(database, DEAD, {}, NO_BOUNDS)) {
    const rows = await reader.$queryRaw<{ id: string; dead: bigint | number }[]>`
      SELECT row.abonnement_id AS id, count(*) AS dead
      ${rowsOf(DEAD, provider)} ${mine} AND ${isLastRun('row')} ${part} GROUP BY row.abonnement_id`
    for (const row of rows) countsOf(row.id).dead += Number(row.dead)
  }
  return counts
}

type UnfinishedRow = {
  id: string
  ready: bigint | number
  held: bigint | number
  leased: bigint | number
  due_at: bigint | null
}
