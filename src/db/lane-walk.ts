import { raw, sqltag as sql, type Sql } from '@prisma/client/runtime/client'

/**
 * A recursive WITH item `name(id)`: the abonnementen that have rows in a partial index of `table`, found by going from
 * one to the next in it, so that the cost goes with the number of abonnementen and not of rows. A NULL is at the end.
 * `condition` is that of the index.
 */
export function laneWalk(name: string, table: 'delivery' | 'delivery_done', condition: Sql): Sql {
  const [lane, rows] = [raw(name), sql`FROM ${raw(table)} WHERE ${condition}`]
  return sql`${lane}(id) AS (
    SELECT min(abonnement_id) ${rows}
    UNION ALL
    SELECT (SELECT min(abonnement_id) ${rows} AND abonnement_id > ${lane}.id)
    FROM ${lane} WHERE ${lane}.id IS NOT NULL
  )`
}
