import { empty, raw, sqltag as sql, type Sql } from '@prisma/client/runtime/client'
import type { Client, Database } from '../open.ts'
import type { Provider } from '../target.ts'
import { letOthersTurn } from '../turns.ts'
import { olderThan, type SequenceBounds } from './conditions.ts'
import type { DeliveryId, Which } from './which.ts'

/** At most so many rows are looked at in one statement: SQLite reads on the event loop. */
export const WINDOW_ROWS = 5_000

/** What is read in the order of sequence and abonnement, and SQLite's index that has it in that order. */
export type Source = { table: 'delivery' | 'delivery_done'; index: string; condition: Sql }

export const UNFINISHED: Source = { table: 'delivery', index: 'sqlite_autoindex_delivery_1', condition: empty }
export const ENDED: Source = { table: 'delivery_done', index: 'sqlite_autoindex_delivery_done_1', condition: empty }
/** Few among all that ended, so they have an index of their own. */
export const DEAD: Source = {
  table: 'delivery_done',
  index: 'delivery_done_dead_key_idx',
  condition: sql`AND row.outcome = 'dead'`,
}

/** Where the ended deliveries that are asked for are read. */
export function endedSource({ state }: Which): Source {
  return state === 'dead' ? DEAD : ENDED
}

/**
 * FROM and WHERE, with the rows as `row`. SQLite keeps no statistics here and has to be told the index: by that of the
 * abonnement it would sort all of a busy one's (2.6 s for a million, on the event loop, against 5 ms).
 */
export function rowsOf({ table, index, condition }: Source, provider: Provider, joins: Sql = empty): Sql {
  const told = provider === 'sqlite' ? sql`INDEXED BY ${raw(index)}` : empty
  return sql`FROM ${raw(table)} AS row ${told} ${joins} WHERE 1 = 1 ${condition}`
}

/**
 * Conditions (each begins with AND) that cut the rows of `source` older than `from`, within `bounds`, into parts, the
 * newest first. On SQLite a part is a window of the index, and others have their turn before each: however little a
 * filter matches, no statement keeps the event loop for longer than a window takes (5 to 20 ms with 200 000 unfinished
 * and as many dead, where one statement took 180 to 800).
 */
export async function* partsOf(
  { reader, provider }: Pick<Database, 'reader' | 'provider'>,
  source: Source,
  which: Which,
  bounds: SequenceBounds,
  from?: DeliveryId,
): AsyncGenerator<Sql, void> {
  let end = from
  if (provider === 'sqlite' && !isPinned(which)) {
    for (;;) {
      await letOthersTurn(provider)
      const begin = await beginOfWindow(reader, source, bounds, end)
      if (begin === undefined) break
      yield sql`AND (row.sequence, row.abonnement_id) >= (${BigInt(begin.sequence)}, ${begin.abonnementId})
        ${olderThan(end)}`
      end = begin
    }
  }
  yield olderThan(end)
}

/** The last row of a window below `end`; undefined: there are not that many. Reads nothing but the index. */
async function beginOfWindow(
  client: Client,
  source: Source,
  { after, before }: SequenceBounds,
  end: DeliveryId | undefined,
): Promise<DeliveryId | undefined> {
  const lower = after === null ? empty : sql`AND row.sequence > ${BigInt(after)}`
  const upper = before === null ? empty : sql`AND row.sequence < ${BigInt(before)}`
  const [row] = await client.$queryRaw<{ sequence: bigint; abonnement_id: string }[]>`
    SELECT row.sequence, row.abonnement_id ${rowsOf(source, 'sqlite')} ${lower} ${upper} ${olderThan(end)}
    ORDER BY row.sequence DESC, row.abonnement_id DESC LIMIT 1 OFFSET ${WINDOW_ROWS - 1}`
  return row && { sequence: Number(row.sequence), abonnementId: row.abonnement_id }
}

/** Of one notificatie: a handful of rows, by key. */
function isPinned({ sequence, notificatieId }: Which): boolean {
  return sequence !== undefined || notificatieId !== undefined
}
