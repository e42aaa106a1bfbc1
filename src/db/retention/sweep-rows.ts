import { raw } from '@prisma/client/runtime/client'
import type { Database } from '../open.ts'
import { SWEEP, type Cutoffs, type SweepName } from './sweeps.ts'
import { takeTurn } from './turn.ts'

export type SweepRequest = {
  name: SweepName
  /** Where to go on: rows that are older have been looked at (epoch ms). */
  from: number
  cutoffs: Cutoffs
  /** At most so many rows are looked at on the way to the next moment, and at most so many go. */
  limit: number
}

/** `next` is where to go on; undefined: that was all. `taken`: another server is at it, and nothing was done. */
export type Swept = { removed: number; next: number | undefined } | 'taken'

/**
 * One batch of a sweep, in one short transaction. It walks an index in spans of `limit` rows, so that what has to stay
 * is passed over once and not with every batch; a span with more that goes than that is taken in several bites.
 */
export async function sweepRows(database: Database, { name, from, cutoffs, limit }: SweepRequest): Promise<Swept> {
  const sweep = SWEEP[name]
  const last = sweep.upTo(cutoffs)
  const [span] = await database.reader.$queryRaw<{ count: number | bigint; end: bigint | null }[]>`
    SELECT count(*) AS count, max(moment) AS "end" FROM (
      SELECT ${raw(sweep.time)} AS moment FROM ${raw(sweep.table)}
      WHERE ${raw(sweep.time)} >= ${BigInt(from)} AND ${raw(sweep.time)} <= ${BigInt(last)}
      ORDER BY ${raw(sweep.time)} LIMIT ${limit}
    ) AS span`
  const isLast = Number(span?.count ?? 0) < limit
  if (span === undefined || span.end === null) return { removed: 0, next: undefined }
  const upTo = isLast ? last : Number(span.end)
  const removed = await database.transaction(async (tx) => {
    if (!(await takeTurn(tx, database.provider))) return undefined
    return sweep.act(tx, database.provider, sweep.victims({ from, upTo, limit }, cutoffs))
  })
  if (removed === undefined) return 'taken'
  if (removed >= limit) return { removed, next: from }
  return { removed, next: isLast ? undefined : upTo + 1 }
}
