import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Database } from './open.ts'

/** What decides whether a SQLite file keeps what was acknowledged, and keeps it to itself. */
export type SqliteFacts = {
  journalMode: string
  /** 2 is FULL, 3 EXTRA. */
  synchronous: number
  /** Permission bits of the file. */
  mode: number
  /** Magic number of the file system (statfs). */
  fileSystem: number
  freeBytes: number
}

/** Reads them from the file, its file system and a connection as Bode opens it. */
export async function inspectSqlite({ reader, target }: Database): Promise<SqliteFacts> {
  const [journal] = await reader.$queryRaw<{ journal_mode: string }[]>`PRAGMA journal_mode`
  const [synchronous] = await reader.$queryRaw<{ synchronous: number | bigint }[]>`PRAGMA synchronous`
  const [{ mode }, system] = await Promise.all([stat(target.shown), statfs(dirname(target.shown))])
  return {
    journalMode: journal?.journal_mode ?? 'unknown',
    synchronous: Number(synchronous?.synchronous ?? -1),
    mode: mode & 0o777,
    fileSystem: system.type,
    freeBytes: system.bavail * system.bsize,
  }
}
