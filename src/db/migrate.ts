import { Failure, messageOf } from '../common/failure.ts'
import { holdDatabaseLock } from './database-lock.ts'
import { migrationStatus } from './migration-status.ts'
import { migrationsOnDisk } from './migrations-on-disk.ts'
import { openDatabase } from './open.ts'

const NO_FILTER = { externalTables: [], externalEnums: [] }

/**
 * Brings the database at `url` to this program's schema (a SQLite file is created when missing) and
 * returns the names of the migrations that it applied. Two callers at once do not collide: the second
 * waits, then finds nothing to do. A migration that a killed process left unfinished is rolled back
 * in the books and repeated; each is one transaction, so the schema itself is never half way. Throws
 * Failure `unreachable` when the database belongs to a newer program.
 */
export async function migrate(url: string): Promise<string[]> {
  const database = await openDatabase(url, { create: true })
  try {
    // Looked at first without a lock: the engine is loaded only when something is pending.
    const before = await migrationStatus(database)
    if (before.tooNew) {
      throw new Failure('unreachable', `the database is newer than this program (${before.unknown.join(', ')})`)
    }
    if (before.pending.length === 0) return []
  } finally {
    await database.close()
  }
  const lock = await holdDatabaseLock(url, 'migrate', { waitMs: 60_000 })
  try {
    return await applyPending(url)
  } finally {
    await lock.release()
  }
}

async function applyPending(url: string): Promise<string[]> {
  const database = await openDatabase(url)
  const status = await migrationStatus(database).finally(() => database.close())
  if (status.pending.length === 0) return []
  const { withSchemaEngine } = await import('./schema-engine.ts')
  const { provider } = database
  try {
    return await withSchemaEngine(await adapterFactory(provider, database.target.url), async (engine) => {
      for (const migrationName of status.unfinished) await engine.markMigrationRolledBack({ migrationName })
      const result = await engine.applyMigrations({
        migrationsList: await migrationsOnDisk(provider),
        filters: NO_FILTER,
      })
      return result.appliedMigrationNames
    })
  } catch (error) {
    throw new Failure('unreachable', `migrating ${database.target.shown} failed: ${messageOf(error)}`, { cause: error })
  }
}

async function adapterFactory(provider: 'sqlite' | 'postgresql', url: string) {
  if (provider === 'sqlite') {
    const { PrismaBetterSqlite3 } = await import('@prisma/adapter-better-sqlite3')
    return new PrismaBetterSqlite3({ url, timeout: 5_000 })
  }
  const { PrismaPg } = await import('@prisma/adapter-pg')
  return new PrismaPg({ connectionString: url, max: 1 })
}
