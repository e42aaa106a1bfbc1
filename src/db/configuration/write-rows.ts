import { empty, join, raw, type Sql } from '@prisma/client/runtime/client'
import type { Transaction } from '../open.ts'
import type { Provider } from '../target.ts'
import { selectRows, textList } from './json-parameters.ts'
import { columnsOf, type ObjectTable, type Row, type Table } from './tables.ts'

/** Rows per statement. 1 000 objects are two statements per kind. */
const BATCH = 500
/** What a replaced row keeps. */
const IMMUTABLE: ReadonlySet<string> = new Set(['id', 'createdAt'])

/** Inserts objects, or replaces what stands under the same id. */
export async function upsertObjects(
  tx: Transaction,
  provider: Provider,
  table: ObjectTable,
  rows: readonly Row[],
): Promise<void> {
  const assignments = columnsOf(table)
    .filter(({ key }) => !IMMUTABLE.has(key))
    .map(({ name }) => raw(`${name} = excluded.${name}`))
  await insert(tx, provider, table, rows, raw(`ON CONFLICT (id) DO UPDATE SET ${join(assignments).sql}`))
}

/** Deletes the objects with these ids. */
export async function deleteObjects(
  tx: Transaction,
  provider: Provider,
  table: ObjectTable,
  ids: readonly string[],
): Promise<void> {
  for (const batch of batches(ids)) {
    await tx.$executeRaw`DELETE FROM ${raw(table)} WHERE id IN ${textList(provider, batch)}`
  }
}

/**
 * Gives abonnementen names that nobody can have, so that renames may swap names: a unique index is
 * checked row by row.
 */
export async function vacateNames(tx: Transaction, provider: Provider, ids: readonly string[]): Promise<void> {
  for (const batch of batches(ids)) {
    await tx.$executeRaw`UPDATE abonnement SET name = '/' || id WHERE id IN ${textList(provider, batch)}`
  }
}

/** Makes `rows` the only secrets of `objectIds`: the ciphertext of every other slot of theirs is gone. */
export async function replaceSecrets(
  tx: Transaction,
  provider: Provider,
  objectIds: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  for (const batch of batches(objectIds)) {
    await tx.$executeRaw`DELETE FROM secret WHERE object_id IN ${textList(provider, batch)}`
  }
  await insert(tx, provider, 'secret', rows, empty)
}

async function insert(tx: Transaction, provider: Provider, table: Table, rows: readonly Row[], onConflict: Sql) {
  const columns = columnsOf(table)
  const names = join(columns.map(({ name }) => raw(name)))
  for (const batch of batches(rows)) {
    await tx.$executeRaw`INSERT INTO ${raw(table)} (${names}) ${selectRows(provider, columns, batch)} ${onConflict}`
  }
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH)
}
