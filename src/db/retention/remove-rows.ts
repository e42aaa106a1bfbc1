import { join, raw, sqltag as sql, type Sql } from '@prisma/client/runtime/client'
import type { Transaction } from '../open.ts'
import type { Provider } from '../target.ts'

/** Which rows of a table go: of the first `limit` that `where` gives in its order, those that are `due`. */
export type Victims = {
  table: string
  /** Found through an index. */
  where: Sql
  order: Sql
  /** Asked again where somebody else may have changed the answer. */
  due: Sql
  limit: number
}

/** Deletes them; returns how many. */
export async function removeRows(tx: Transaction, provider: Provider, victims: Victims): Promise<number> {
  const rows = await choose(tx, provider, victims)
  return rows === undefined ? 0 : tx.$executeRaw`DELETE FROM ${raw(victims.table)} WHERE ${rows}`
}

/** Empties the content of these messages; the rest of the row stays. Returns how many. */
export async function emptyBodies(tx: Transaction, provider: Provider, victims: Victims): Promise<number> {
  const rows = await choose(tx, provider, victims)
  return rows === undefined ? 0 : tx.$executeRaw`UPDATE notificatie SET body = '' WHERE ${rows}`
}

/**
 * The condition that names the rows; undefined: there are none. On PostgreSQL whether a row is due is asked again under
 * its lock, by a statement that sees what was committed before the lock was had: whoever locks a message (FOR KEY
 * SHARE) to add a delivery for it either keeps it or finds it gone.
 */
async function choose(tx: Transaction, provider: Provider, victims: Victims): Promise<Sql | undefined> {
  const { table, where, order, due, limit } = victims
  const from = sql`FROM ${raw(table)} WHERE ${where} AND ${due} ${order} LIMIT ${limit}`
  if (provider === 'sqlite') return sql`rowid IN (SELECT rowid ${from})`
  const rows = await tx.$queryRaw<{ row: string }[]>`SELECT ctid::text AS row ${from} FOR UPDATE SKIP LOCKED`
  if (rows.length === 0) return undefined
  return sql`ctid IN (${join(rows.map(({ row }) => sql`${row}::tid`))}) AND ${due}`
}
