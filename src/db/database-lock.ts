import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../common/failure.ts'
import { isBusy } from './driver-errors.ts'
import { databaseTarget } from './target.ts'

/** What can be held: `migrate` while the schema changes, `engine` by the one server of a SQLite file. */
export type LockName = 'migrate' | 'engine'
export type HeldLock = { release(): Promise<void> }

const ADVISORY_KEYS: Record<LockName, number> = { migrate: 726_964_101, engine: 726_964_102 }

/**
 * Holds a lock that dies with its process, so that there is never one to clear by hand: on PostgreSQL
 * an advisory lock of an own session, on SQLite an exclusive transaction on a file beside the
 * database (the kernel frees it at kill -9; it works where `flock` does not exist). Waits up to
 * `waitMs`, then throws Failure `locked`.
 */
export async function holdDatabaseLock(url: string, name: LockName, { waitMs }: { waitMs: number }): Promise<HeldLock> {
  const target = databaseTarget(url)
  const tryLock =
    target.provider === 'sqlite' ? () => trySqlite(`${target.url}-${name}.lock`) : () => tryPostgresql(url, name)
  const deadline = performance.now() + waitMs
  for (;;) {
    const held = await tryLock()
    if (held !== undefined) return held
    if (performance.now() >= deadline) {
      throw new Failure('locked', `another process holds the ${name} lock of ${target.shown}`)
    }
    await sleep(100)
  }
}

async function trySqlite(lockUrl: string): Promise<HeldLock | undefined> {
  const { PrismaBetterSqlite3 } = await import('@prisma/adapter-better-sqlite3')
  const connection = await new PrismaBetterSqlite3({ url: lockUrl, timeout: 0 }).connect()
  try {
    await connection.executeScript('BEGIN EXCLUSIVE')
  } catch (error) {
    await connection.dispose()
    if (isBusy(error)) return undefined
    throw error
  }
  return { release: () => connection.dispose() }
}

async function tryPostgresql(url: string, name: LockName): Promise<HeldLock | undefined> {
  const { Client } = await import('pg')
  const client = new Client({ connectionString: url, application_name: `bode ${name}` })
  // The lock went with the connection; whoever holds it hears of that from its own.
  client.on('error', () => {})
  const release = (): Promise<void> => client.end()
  try {
    await client.connect()
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      ADVISORY_KEYS[name],
    ])
    if (rows[0]?.locked === true) return { release }
  } catch (error) {
    await release().catch(() => {})
    throw error
  }
  await release()
  return undefined
}
