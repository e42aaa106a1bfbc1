import { empty, sqltag as sql, type Sql } from '@prisma/client/runtime/client'
import type { Client, Database } from '../open.ts'
import { commonConditions, sequenceBounds, type SequenceBounds } from './conditions.ts'
import { endedConditions } from './list-deliveries.ts'
import { ENDED, endedSource, partsOf, rowsOf, WINDOW_ROWS } from './parts.ts'
import type { ReplayJobRow, ReplayScope } from './replay-jobs.ts'
import type { DeliveryId, Which } from './which.ts'

/** A run that ended and may be sent again, with what its next run needs. */
export type ReplayCandidate = DeliveryId & { replay: number; notificatieId: string; body: string; format: number }

/** What a replay would send, by abonnement, and between which sequences all of it lies. */
export type Counted = { counts: { id: string; name: string; count: number }[]; bounds: SequenceBounds }

const JOINS = sql`
  JOIN notificatie ON notificatie.id = row.notificatie_id JOIN abonnement ON abonnement.id = row.abonnement_id`

/**
 * Counts the deliveries whose last run ended by `endedBy` (epoch ms) as `which` says, of abonnementen that are there
 * and messages whose content was not removed.
 * Dead letters cost the dead, other outcomes everything that was accepted in the period.
 */
export async function countCandidates(
  database: Pick<Database, 'reader' | 'provider'>,
  which: Which,
  endedBy: number,
): Promise<Counted> {
  const { reader, provider } = database
  const bounds = await sequenceBounds(reader, which)
  const conditions = sql`${endedConditions(which)} ${commonConditions(which, bounds)}`
  const counts = new Map<string, Counted['counts'][number]>()
  const found = { first: Infinity, last: -Infinity }
  const source = endedSource(which)
  const from = rowsOf(source, provider, JOINS)
  for await (const part of partsOf(database, source, which, bounds)) {
    const rows = await reader.$queryRaw<{ id: string; name: string; count: bigint; first: bigint; last: bigint }[]>`
      SELECT abonnement.id, abonnement.name, count(*) AS count, min(row.sequence) AS first, max(row.sequence) AS last
      ${from} AND row.finished_at <= ${BigInt(endedBy)} AND notificatie.body <> '' ${conditions} ${part}
      GROUP BY abonnement.id, abonnement.name`
    for (const { id, name, count, first, last } of rows) {
      counts.set(id, { id, name, count: (counts.get(id)?.count ?? 0) + Number(count) })
      found.first = Math.min(found.first, Number(first))
      found.last = Math.max(found.last, Number(last))
    }
  }
  return {
    counts: [...counts.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    bounds: { after: found.first - 1, before: found.last + 1 },
  }
}

/**
 * The next candidates of a job in the order of acceptance, at most `limit`, and how far was looked: a window of the
 * key, so that a step costs the same however few there are. `end`: nothing is left behind `upTo`.
 */
export async function nextCandidates(
  { reader: client, provider }: Pick<Database, 'reader' | 'provider'>,
  { scope, cursor }: Pick<ReplayJobRow, 'scope' | 'cursor'>,
  limit: number,
): Promise<{ candidates: ReplayCandidate[]; upTo: DeliveryId | undefined; end: boolean }> {
  const window = await lastOfWindow(client, scope, cursor)
  if (window === undefined) return { candidates: [], upTo: undefined, end: true }
  const { which, bounds, endedBy } = scope
  const rows = await client.$queryRaw<Row[]>`
    SELECT row.sequence, row.abonnement_id, row.replay, row.notificatie_id, notificatie.body, notificatie.format
    ${rowsOf(ENDED, provider, JOINS)} AND row.finished_at <= ${BigInt(endedBy)} AND notificatie.body <> '' ${newerThan(cursor)}
      AND (row.sequence, row.abonnement_id) <= (${BigInt(window.last.sequence)}, ${window.last.abonnementId})
      ${endedConditions(which)} ${commonConditions(which, bounds)}
    ORDER BY row.sequence, row.abonnement_id LIMIT ${limit}`
  const candidates = rows.map((row) => ({
    sequence: Number(row.sequence),
    abonnementId: row.abonnement_id,
    replay: Number(row.replay),
    notificatieId: row.notificatie_id,
    body: row.body,
    format: Number(row.format),
  }))
  const full = candidates.length === limit
  return { candidates, upTo: full ? candidates.at(-1) : window.last, end: !full && window.isLast }
}

/** How far the next rows after the cursor reach, whatever they are; undefined: there are none. */
async function lastOfWindow(
  client: Client,
  { bounds: { after, before } }: ReplayScope,
  cursor: DeliveryId | null,
): Promise<{ last: DeliveryId; isLast: boolean } | undefined> {
  const from = cursor === null ? sql`AND row.sequence > ${BigInt(after ?? 0)}` : newerThan(cursor)
  const until = before === null ? empty : sql`AND row.sequence < ${BigInt(before)}`
  const rows = await client.$queryRaw<{ sequence: bigint; abonnement_id: string }[]>`
    SELECT row.sequence, row.abonnement_id FROM delivery_done AS row WHERE 1 = 1 ${from} ${until}
    ORDER BY row.sequence, row.abonnement_id, row.replay LIMIT ${WINDOW_ROWS}`
  const last = rows.at(-1)
  if (last === undefined) return undefined
  const id = { sequence: Number(last.sequence), abonnementId: last.abonnement_id }
  return { last: id, isLast: rows.length < WINDOW_ROWS }
}

/** Behind `cursor`, whatever the run: a job takes no delivery twice. Begins with AND. */
function newerThan(cursor: DeliveryId | null): Sql {
  return cursor === null
    ? empty
    : sql`AND (row.sequence, row.abonnement_id) > (${BigInt(cursor.sequence)}, ${cursor.abonnementId})`
}

type Row = {
  sequence: bigint
  abonnement_id: string
  replay: number | bigint
  notificatie_id: string
  body: string
  format: number | bigint
}
