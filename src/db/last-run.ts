import { raw, sqltag as sql, type Sql } from '@prisma/client/runtime/client'

/**
 * True when a row of `delivery_done`, here called `row`, was not sent again: an earlier run is only history. Two looks
 * in an index for each row. (Not NOT EXISTS: of that PostgreSQL may make a join, and then reads the whole of the other
 * table for a few rows.)
 */
export function isLastRun(row: string): Sql {
  return sql`${laterRun('delivery_done', row)} IS NULL AND ${laterRun('delivery', row)} IS NULL`
}

function laterRun(table: 'delivery_done' | 'delivery', row: string): Sql {
  return sql`(
    SELECT 1 FROM ${raw(table)} AS later WHERE later.sequence = ${raw(row)}.sequence
      AND later.abonnement_id = ${raw(row)}.abonnement_id AND later.replay > ${raw(row)}.replay LIMIT 1)`
}
