import type { Database } from './open.ts'

/**
 * Which abonnementen have ready rows, and when the first of each is due (epoch ms, may lie in the future).
 * Walks the index of ready rows from one abonnement to the next, so that the cost goes with the number of
 * abonnementen and not with the backlog.
 */
export async function dueDeliveries(database: Database): Promise<Map<string, number>> {
  const rows = await database.reader.$queryRaw<{ id: string; due_at: bigint }[]>`
    WITH RECURSIVE lane(id) AS (
      SELECT min(abonnement_id) FROM delivery WHERE state = 0
      UNION ALL
      SELECT (SELECT min(abonnement_id) FROM delivery WHERE state = 0 AND abonnement_id > lane.id)
      FROM lane WHERE lane.id IS NOT NULL
    )
    SELECT id, due_at FROM (
      SELECT id, (SELECT min(due_at) FROM delivery WHERE state = 0 AND abonnement_id = lane.id) AS due_at FROM lane
    ) AS lanes WHERE id IS NOT NULL AND due_at IS NOT NULL`
  return new Map(rows.map(({ id, due_at }) => [id, Number(due_at)]))
}
