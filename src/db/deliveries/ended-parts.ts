import { setImmediate } from 'node:timers/promises'
import { empty, sqltag as sql, type Sql } from '@prisma/client/runtime/client'
import type { Client, Database } from '../open.ts'
import type { Provider } from '../target.ts'
import { olderThan, type SequenceBounds } from './conditions.ts'
import type { DeliveryId, Which } from './which.ts'

/** At most so many rows of `delivery_done` are looked at in one statement: SQLite reads on the event loop. */
export const WINDOW_ROWS = 5_000

/**
 * Conditions of `delivery_done AS row` (each begins with AND) that cut what is older than `from`, within `bounds`, into
 * parts, the newest first. On SQLite a part that reads the key is a window of it, and others have their turn between
 * two: however little a filter matches, no statement keeps the event loop for longer than a window takes.
 */
export async function* partsOfEnded(
  { reader, provider }: Pick<Database, 'reader' | 'provider'>,
  which: Which,
  bounds: SequenceBounds,
  from?: DeliveryId,
): AsyncGenerator<Sql, void> {
  let end = from
  if (provider === 'sqlite' && !isPinned(which) && !readsTheDead(which)) {
    for (;;) {
      const begin = await beginOfWindow(reader, bounds, end)
      if (begin === undefined) break
      yield sql`AND (row.sequence, row.abonnement_id) >= (${BigInt(begin.sequence)}, ${begin.abonnementId})
        ${olderThan(end)}`
      end = begin
      await setImmediate()
    }
  }
  yield olderThan(end)
}

/** The last row of a window below `end`; undefined: there are not that many. Reads nothing but the index. */
async function beginOfWindow(
  client: Client,
  { after, before }: SequenceBounds,
  end: DeliveryId | undefined,
): Promise<DeliveryId | undefined> {
  const lower = after === null ? empty : sql`AND row.sequence > ${BigInt(after)}`
  const upper = before === null ? empty : sql`AND row.sequence < ${BigInt(before)}`
  const [row] = await client.$queryRaw<{ sequence: bigint; abonnement_id: string }[]>`
    SELECT row.sequence, row.abonnement_id FROM delivery_done AS row ${keyIndex('sqlite')}
    WHERE 1 = 1 ${lower} ${upper} ${olderThan(end)}
    ORDER BY row.sequence DESC, row.abonnement_id DESC LIMIT 1 OFFSET ${WINDOW_ROWS - 1}`
  return row && { sequence: Number(row.sequence), abonnementId: row.abonnement_id }
}

/**
 * SQLite keeps no statistics here and has to be told: the few dead are sorted; all others are read in the order of
 * their key, in which the abonnement stands too. (By the index of the abonnement it would sort all of a busy one's:
 * 2.6 s for a million, on the event loop, against 5 ms.)
 */
export function endedIndex(provider: Provider, which: Which): Sql {
  return provider === 'sqlite' && readsTheDead(which) ? sql`INDEXED BY delivery_done_dead_idx` : keyIndex(provider)
}

/** For `delivery_done AS row`: SQLite reads by the key, and by no index of a column that a condition names. */
export function keyIndex(provider: Provider): Sql {
  return provider === 'sqlite' ? sql`INDEXED BY sqlite_autoindex_delivery_done_1` : empty
}

function readsTheDead(which: Which): boolean {
  return which.state === 'dead' && !isPinned(which)
}

/** Of one notificatie: a handful of rows, by key. */
function isPinned({ sequence, notificatieId }: Which): boolean {
  return sequence !== undefined || notificatieId !== undefined
}
