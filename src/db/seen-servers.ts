import type { Database } from './open.ts'
import type { ServerRow } from './server-row.ts'

export type SeenServer = Pick<ServerRow, 'host' | 'pid' | 'version' | 'generation' | 'state' | 'reason'>

/** The servers that were seen since `since` (epoch ms) by host, and the generation that they should have. */
export async function seenServers(
  database: Database,
  since: number,
): Promise<{ servers: SeenServer[]; generation: number }> {
  return database.consistentRead(async (tx) => {
    const rows = await tx.server.findMany({
      where: { seenAt: { gte: BigInt(since) } },
      orderBy: [{ host: 'asc' }, { id: 'asc' }],
    })
    const { _max } = await tx.generation.aggregate({ _max: { number: true } })
    const servers = rows.map(({ host, pid, version, generation, state, reason }): SeenServer => {
      return { host, pid, version, generation, state: state === 'ok' ? 'ok' : 'refused', reason }
    })
    return { servers, generation: _max.number ?? 0 }
  })
}
