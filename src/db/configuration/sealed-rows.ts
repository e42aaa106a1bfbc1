import { join, raw, sqltag as sql, type Sql } from '@prisma/client/runtime/client'
import type { Database, Transaction } from '../open.ts'
import type { Provider } from '../target.ts'
import { selectRows } from './json-parameters.ts'
import { columnsOf, type ObjectTable, type Row, type Table } from './tables.ts'

/** Everything that is sealed with the master key, and everything that holds a fingerprint. */
export type SealedRows = Awaited<ReturnType<typeof readRows>>

/** Reads them in one consistent read. */
export function readSealedRows(database: Database): Promise<SealedRows> {
  return database.consistentRead(readRows)
}

async function readRows(tx: Transaction) {
  return {
    secrets: await tx.secret.findMany(),
    secretVersions: await tx.secretVersion.findMany(),
    objectVersions: await tx.objectVersion.findMany({ orderBy: { generation: 'asc' } }),
    generations: await tx.generation.findMany({
      select: { number: true, owner: true, digest: true, environment: true },
      orderBy: { number: 'asc' },
    }),
  }
}

/** New values for the columns that depend on the master key; each row has its whole primary key. */
export type RekeyedRows = {
  /** objectId, field, slot: ciphertext, fingerprint. */
  secrets: Row[]
  /** objectId, generation, field, slot: ciphertext. */
  secretVersions: Row[]
  /** objectId, generation: content. */
  objectVersions: Row[]
  /** id: hash. */
  hashes: { table: ObjectTable; rows: Row[] }[]
  /** number, digest. */
  digests: { number: number; digest: string }[]
}

/** Rows per statement. */
const BATCH = 500

/** Writes them over what is there. Rows that are gone by now stay gone. */
export async function writeRekeyedRows(tx: Transaction, provider: Provider, rows: RekeyedRows): Promise<void> {
  await update(tx, provider, 'secret', ['objectId', 'field', 'slot'], ['ciphertext', 'fingerprint'], rows.secrets)
  const version = ['objectId', 'generation']
  await update(tx, provider, 'secret_version', [...version, 'field', 'slot'], ['ciphertext'], rows.secretVersions)
  await update(tx, provider, 'object_version', version, ['content'], rows.objectVersions)
  for (const { table, rows: hashes } of rows.hashes) await update(tx, provider, table, ['id'], ['hash'], hashes)
  for (const { number, digest } of rows.digests) {
    await tx.$executeRaw`UPDATE generation SET digest = ${digest} WHERE number = ${number}`
  }
}

/**
 * Empties SQLite's log into the file, so that what was overwritten stands in neither; another process that
 * reads at this moment may keep it from that. PostgreSQL's vacuum does it in its own time.
 */
export async function forgetOverwritten({ provider, reader }: Database): Promise<void> {
  if (provider === 'sqlite') await reader.$queryRaw`PRAGMA wal_checkpoint(TRUNCATE)`
}

async function update(
  tx: Transaction,
  provider: Provider,
  table: Table,
  keys: readonly string[],
  values: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const columns = columnsOf(table).filter(({ key }) => keys.includes(key) || values.includes(key))
  const names = columns.map(({ name }) => name)
  const named = (list: readonly string[]): string[] =>
    columns.filter(({ key }) => list.includes(key)).map(({ name }) => name)
  const assignments = named(values).map((name) => sql`${raw(name)} = fresh.${raw(name)}`)
  const same = named(keys).map((name) => sql`${raw(`${table}.${name}`)} = fresh.${raw(name)}`)
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = selectRows(provider, columns, rows.slice(start, start + BATCH))
    await tx.$executeRaw`
      WITH fresh (${list(names)}) AS (${batch})
      UPDATE ${raw(table)} SET ${join(assignments)} FROM fresh WHERE ${join(same, ' AND ')}`
  }
}

function list(names: readonly string[]): Sql {
  return join(names.map((name) => raw(name)))
}
