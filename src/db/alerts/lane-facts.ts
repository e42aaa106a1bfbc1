import { deadLettersOf, lanesWithDead } from '../dead-letters.ts'
import { dueDeliveries } from '../due-deliveries.ts'
import { numberOrNull } from '../number-or-null.ts'
import type { Client, Database } from '../open.ts'
import { letOthersTurn } from '../turns.ts'

/** What of an abonnement may need a person. Times are epoch ms. */
export type LaneFacts = {
  abonnementId: string
  /** Not `active`: since when, and why. */
  stopped: { status: string; since: number; reason: string | null } | null
  failingSinceAt: number | null
  /** When the oldest that may be sent could have been; null: nothing waits. */
  dueAt: number | null
  /** Unfinished deliveries that wait, at most as many as were counted. */
  waiting: number
  /** Dead letters that were not sent again. */
  dead: { count: number; oldestAt: number; newestAt: number; reason: string | null } | null
}

/**
 * The facts of every abonnement of which there are any. It costs a look in an index for each with ready rows, and
 * for each that is in trouble at most `countUpTo` rows of what waits and of the newest dead letters, beside those that
 * were sent again since.
 */
export async function readLaneFacts(database: Database, countUpTo: number): Promise<LaneFacts[]> {
  const { reader, provider } = database
  const [states, due, lanes] = await Promise.all([
    reader.abonnementState.findMany({
      where: { OR: [{ status: { not: 'active' } }, { failingSinceAt: { not: null } }] },
    }),
    dueDeliveries(database),
    lanesWithDead(reader),
  ])
  const withDead = new Set(lanes)
  const stateOf = new Map(states.map((state) => [state.abonnementId, state]))
  const dueOf = new Map(due.map(({ abonnementId, dueAt }) => [abonnementId, dueAt]))
  const facts: LaneFacts[] = []
  for (const abonnementId of new Set([...stateOf.keys(), ...dueOf.keys(), ...withDead])) {
    await letOthersTurn(provider)
    const state = stateOf.get(abonnementId)
    facts.push({
      abonnementId,
      stopped:
        state === undefined || state.status === 'active'
          ? null
          : { status: state.status, since: Number(state.changedAt), reason: state.reason },
      failingSinceAt: numberOrNull(state?.failingSinceAt ?? null),
      dueAt: dueOf.get(abonnementId) ?? null,
      waiting: await countWaiting(reader, abonnementId, countUpTo),
      dead: withDead.has(abonnementId) ? await readDead(database, abonnementId, countUpTo) : null,
    })
  }
  return facts
}

async function countWaiting(reader: Client, abonnementId: string, limit: number): Promise<number> {
  const [row] = await reader.$queryRaw<{ count: bigint | number }[]>`
    SELECT count(*) AS count FROM (
      SELECT 1 FROM delivery WHERE abonnement_id = ${abonnementId} AND state = 0 LIMIT ${limit}
    ) AS waiting`
  return Number(row?.count ?? 0)
}

/** Of the newest `limit` that were not sent again: 7 ms for a thousand, and as much for a thousand that were. */
async function readDead({ reader, provider }: Database, id: string, limit: number): Promise<LaneFacts['dead']> {
  const rows = await reader.$queryRaw<{ finished_at: bigint; reason: string | null }[]>`
    SELECT letter.finished_at, letter.reason ${deadLettersOf(provider, id)}
    ORDER BY letter.finished_at DESC LIMIT ${limit}`
  const [newest, oldest] = [rows[0], rows.at(-1)]
  if (newest === undefined || oldest === undefined) return null
  const [newestAt, oldestAt] = [Number(newest.finished_at), Number(oldest.finished_at)]
  return { count: rows.length, oldestAt, newestAt, reason: newest.reason }
}
