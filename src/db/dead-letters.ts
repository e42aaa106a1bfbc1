import { raw, sqltag as sql, type Sql } from '@prisma/client/runtime/client'
import { laneWalk } from './lane-walk.ts'
import { isLastRun } from './last-run.ts'
import type { Provider } from './target.ts'

/**
 * FROM and WHERE for the dead letters of one abonnement that were not sent again, as `letter`. `id` is an expression.
 * Costs two looks in an index for each that it passes, sent again or not. SQLite has to be told the index, because it
 * does not see how few the dead are.
 */
export function deadLettersOf(provider: Provider, id: Sql): Sql {
  const index = raw(provider === 'sqlite' ? 'INDEXED BY delivery_done_dead_idx' : '')
  return sql`
    FROM delivery_done AS letter ${index}
    WHERE letter.abonnement_id = ${id} AND letter.outcome = 'dead' AND ${isLastRun('letter')}`
}

/** WITH RECURSIVE for `dead_lane(id)`: the abonnementen with dead letters, and a NULL at the end. */
export const WITH_DEAD_LANES: Sql = sql`WITH RECURSIVE ${laneWalk('dead_lane', 'delivery_done', sql`outcome = 'dead'`)}`
