import type { Clock } from '../common/clock.ts'
import type { Database } from './open.ts'

/**
 * How far the database's clock is ahead of `clock`, in ms: replicas on different machines agree on due
 * times through it. The middle of the round trip is taken as the moment of the answer. 0 on SQLite,
 * which has no clock of its own.
 */
export async function databaseClockOffset(database: Database, clock: Clock): Promise<number> {
  if (database.provider === 'sqlite') return 0
  const before = clock.now()
  const [row] = await database.reader.$queryRaw<{ now: number }[]>`
    SELECT (extract(epoch from clock_timestamp()) * 1000)::double precision AS now`
  return Math.round((row?.now ?? before) - (before + clock.now()) / 2)
}
