import { copyFileSync } from 'node:fs'
import { canonicalJson } from '../../src/common/canonical-json.ts'
import { openDatabase } from '../../src/db/open.ts'
import { databaseTarget } from '../../src/db/target.ts'
import { query } from './postgres.ts'

export type Dump = Record<string, Record<string, unknown>[]>

/** Every row of every table, in an order of its own, so that two dumps of one state are equal. */
export async function dumpTables(url: string): Promise<Dump> {
  const database = await openDatabase(url)
  try {
    const names =
      database.provider === 'sqlite'
        ? `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
        : `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()`
    const tables = await database.reader.$queryRawUnsafe<{ name: string }[]>(names)
    const dump: Dump = {}
    for (const name of tables.map((table) => table.name).toSorted()) {
      const rows = await database.reader.$queryRawUnsafe<Record<string, unknown>[]>(`SELECT * FROM "${name}"`)
      const plain = rows.map((row) =>
        Object.fromEntries(Object.entries(row).map(([key, value]) => [key, shown(value)])),
      )
      dump[name] = plain.toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1))
    }
    return dump
  } finally {
    await database.close()
  }
}

/** What two runs of one apply have in common: neither moments, nor what is sealed anew each time, nor ids of audit lines. */
export function withoutChance(dump: Dump): Dump {
  const isLasting = (table: string, column: string): boolean =>
    table === 'audit'
      ? column !== 'id' && column !== 'at'
      : column !== 'ciphertext' && (column === 'expires_at' || !column.endsWith('_at'))
  const rows = Object.entries(dump).map(([table, rows]) => [
    table,
    rows
      .map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => isLasting(table, column))))
      .toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1)),
  ])
  return Object.fromEntries(rows) as Dump
}

/** Copies a database that nobody has open; `number` tells the copies apart. */
export async function copyDatabase(url: string, number: number): Promise<string> {
  const { provider, shown } = databaseTarget(url)
  const copy = `${url}_${number}`
  if (provider === 'sqlite') copyFileSync(shown, `${shown}_${number}`)
  else await query(adminOf(url), `CREATE DATABASE ${nameOf(copy)} TEMPLATE ${nameOf(url)}`)
  return copy
}

/** On SQLite the copy goes with its folder. */
export async function dropCopy(url: string): Promise<void> {
  if (databaseTarget(url).provider === 'postgresql') {
    await query(adminOf(url), `DROP DATABASE ${nameOf(url)} WITH (FORCE)`)
  }
}

function adminOf(url: string): string {
  return url.replace(/\/[^/]+$/, '/postgres')
}

function nameOf(url: string): string {
  return url.replace(/^.*\//, '')
}

function shown(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Date ? value.toISOString() : value
}
