import { Failure } from '../common/failure.ts'
import { migrationsOnDisk } from './migrations-on-disk.ts'
import type { Client, Database } from './open.ts'

/**
 * What this program expects of a schema. Expand, then contract over one release: a migration that
 * breaks older programs raises `meta.oldest_contract` to the first contract that may still run on it,
 * and a program refuses a database whose oldest contract is beyond its own.
 */
export const SCHEMA_CONTRACT = 1

export type MigrationStatus = {
  applied: string[]
  /** On disk, not in the database. */
  pending: string[]
  /** In the database, unknown to this program: it is older than the database. */
  unknown: string[]
  /** Begun and not finished: rolled back and repeated by the next migrate. */
  unfinished: string[]
  /** The database says that this program may no longer run on it. */
  tooNew: boolean
}

type MigrationRow = { migration_name: string; finished_at: unknown; rolled_back_at: unknown }

/** Compares the migrations in the database with those of this program. Read-only. */
export async function migrationStatus(database: Database): Promise<MigrationStatus> {
  const known = (await migrationsOnDisk(database.provider)).migrationDirectories.map(({ path }) => path)
  const rows = (await tableExists(database, '_prisma_migrations'))
    ? await database.reader.$queryRaw<MigrationRow[]>`
        SELECT migration_name, finished_at, rolled_back_at FROM _prisma_migrations ORDER BY started_at`
    : []
  const live = rows.filter((row) => row.rolled_back_at === null)
  const applied = live.filter((row) => row.finished_at !== null).map((row) => row.migration_name)
  const unknown = applied.filter((name) => !known.includes(name))
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown,
    unfinished: live.filter((row) => row.finished_at === null).map((row) => row.migration_name),
    tooNew: unknown.length > 0 && (await oldestContract(database.reader)) > SCHEMA_CONTRACT,
  }
}

/** Throws Failure `unreachable`, saying what to do, unless this program can work on this database. */
export async function demandMigrated(database: Database): Promise<void> {
  const status = await migrationStatus(database)
  if (status.tooNew) {
    throw new Failure(
      'unreachable',
      `the database ${database.target.shown} was migrated by a newer program (${status.unknown.join(', ')}); use that version of bode`,
    )
  }
  if (status.pending.length > 0) {
    throw new Failure(
      'unreachable',
      `the database ${database.target.shown} is not migrated (${status.pending.join(', ')} pending); run: bode db migrate`,
    )
  }
}

async function tableExists(database: Database, name: string): Promise<boolean> {
  const found =
    database.provider === 'sqlite'
      ? await database.reader.$queryRaw<unknown[]>`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ${name}`
      : await database.reader.$queryRaw<unknown[]>`SELECT 1 AS found WHERE to_regclass(${name}) IS NOT NULL`
  return found.length > 0
}

async function oldestContract(client: Client): Promise<number> {
  const row = await client.meta.findUnique({ where: { key: 'oldest_contract' } })
  return Number(row?.value ?? 0)
}
