import type { Database } from './open.ts'

/** A running server as others see it. Its `id` owns the leases that it takes. */
export type ServerRow = {
  id: string
  host: string
  pid: number
  version: string
  startedAt: number
  generation: number
  state: 'ok' | 'refused'
  reason: string | null
}

/** Rows of servers that were not seen for a day are of interest to nobody. */
const FORGET_AFTER_MS = 24 * 3_600_000

/** Writes the heartbeat: this server lives, and this is how it took the last generation. */
export async function writeServerRow(database: Database, row: ServerRow, now: number): Promise<void> {
  const values = { ...row, startedAt: BigInt(row.startedAt), seenAt: BigInt(now) }
  await database.transaction(async (tx) => {
    await tx.server.upsert({ where: { id: row.id }, create: values, update: values })
    await tx.server.deleteMany({ where: { seenAt: { lt: BigInt(now - FORGET_AFTER_MS) } } })
  })
}

/** Removes the row at a graceful stop, so that nobody waits for this server. */
export async function removeServerRow(database: Database, id: string): Promise<void> {
  await database.transaction((tx) => tx.server.deleteMany({ where: { id } }))
}

/** Who is (or was last) running here: `pid 4711 on host`. For messages. */
export async function lastSeenServer(database: Database): Promise<string | undefined> {
  const row = await database.reader.server.findFirst({ orderBy: { seenAt: 'desc' } })
  return row === null ? undefined : `pid ${row.pid} on ${row.host}`
}
