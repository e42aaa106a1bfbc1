import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../common/failure.ts'
import { demandMigrated } from '../db/migration-status.ts'
import { openDatabase, type Database } from '../db/open.ts'
import type { Interruption } from './interruption.ts'
import type { Progress } from './progress.ts'

const RETRY_MS = 250

export type PreparedOptions = {
  waitMs: number
  /** Of the invocation, for commands that write. */
  interruption?: Interruption
  /** Told that the database is waited for. */
  progress?: Progress
}

/**
 * Opens the database at `url`, runs `work` on it and closes it. Waits up to `waitMs` for a database
 * that is not there or not migrated yet, then throws Failure `unreachable` that says what to do.
 */
export async function withPreparedDatabase<T>(
  url: string,
  { waitMs, interruption, progress }: PreparedOptions,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await openPrepared(url, performance.now() + waitMs, progress)
  try {
    return await work(interruption?.guard(database) ?? database)
  } finally {
    await database.close()
  }
}

async function openPrepared(url: string, deadline: number, progress: Progress | undefined): Promise<Database> {
  for (;;) {
    try {
      return await tryOpen(url)
    } catch (error) {
      const mayCome = error instanceof Failure && error.kind === 'unreachable'
      if (!mayCome || performance.now() >= deadline) throw error
      progress?.step('waiting for the database')
      await sleep(RETRY_MS)
    }
  }
}

async function tryOpen(url: string): Promise<Database> {
  const database = await openDatabase(url)
  try {
    await demandMigrated(database)
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}
