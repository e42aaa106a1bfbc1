import type { Database } from './open.ts'
import type { ServerRow } from './server-row.ts'

export type LiveServer = Pick<ServerRow, 'id' | 'host' | 'pid' | 'generation' | 'state' | 'reason'> & {
  /** Its last heartbeat, epoch ms. */
  seenAt: number
}

/** The servers that were seen since `since` (epoch ms), by host. */
export async function liveServers(database: Database, since: number): Promise<LiveServer[]> {
  const rows = await database.reader.server.findMany({
    where: { seenAt: { gte: BigInt(since) } },
    orderBy: [{ host: 'asc' }, { id: 'asc' }],
    select: { id: true, host: true, pid: true, generation: true, state: true, reason: true, seenAt: true },
  })
  return rows.map((row) => ({
    ...row,
    state: row.state === 'ok' ? 'ok' : 'refused',
    seenAt: Number(row.seenAt),
  }))
}
