import { raw, sqltag as sql, type Sql } from '@prisma/client/runtime/client'
import { laneWalk } from './lane-walk.ts'
import { isLastRun } from './last-run.ts'
import type { Client } from './open.ts'
import type { Provider } from './target.ts'

/**
 * FROM and WHERE for the dead letters of the abonnement `id` that were not sent again, as `letter`.
 * Costs two looks in an index for each that it passes, sent again or not. SQLite has to be told the index, because it
 * does not see how few the dead are.
 */
export function deadLettersOf(provider: Provider, id: string): Sql {
  const index = raw(provider === 'sqlite' ? 'INDEXED BY delivery_done_dead_idx' : '')
  return sql`
    FROM delivery_done AS letter ${index}
    WHERE letter.abonnement_id = ${id} AND letter.outcome = 'dead' AND ${isLastRun('letter')}`
}

/** The abonnementen with dead letters, sent again or not, by id. */
export async function lanesWithDead(reader: Client): Promise<string[]> {
  const rows = await reader.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE ${laneWalk('dead_lane', 'delivery_done', sql`outcome = 'dead'`)}
    SELECT id FROM dead_lane WHERE id IS NOT NULL ORDER BY id`
  return rows.map(({ id }) => id)
}
