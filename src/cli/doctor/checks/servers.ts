import { version } from '../../../common/package-root.ts'
import type { Database } from '../../../db/open.ts'
import { seenServers, type SeenServer } from '../../../db/seen-servers.ts'
import { reporter, type Finding } from '../finding.ts'

/** A server writes its row every five seconds; one that missed three is not counted. */
const ALIVE_MS = 15_000

/** Every running server: does it run on the last generation, and is it this version. */
export async function serverFindings(database: Database, now: number): Promise<Finding[]> {
  const { servers, generation } = await seenServers(database, now - ALIVE_MS)
  if (servers.length === 0) return [reporter('servers', 'servers').skipped('none', 'no server is running')]
  return servers.map((server) => judgeServer(server, generation))
}

/** Pure. */
export function judgeServer({ host, pid, ...server }: SeenServer, generation: number): Finding {
  const subject = `${host} (pid ${pid})`
  const report = reporter('servers', subject)
  if (server.state === 'refused') {
    const message = `it refused generation ${server.generation} and runs on the one before: ${server.reason ?? 'no reason given'}`
    const advice = { what: 'take the cause away, then bode apply; or bode rollback', where: `the log of ${subject}` }
    return report.failed({ id: 'refused', message, advice })
  }
  if (server.generation < generation) {
    const message = `it runs on generation ${server.generation}; the last one is ${generation}`
    const advice = { what: 'wait a second and look again; else restart it', where: `the log of ${subject}` }
    return report.warning({ id: 'behind', message, advice })
  }
  if (server.version !== version) {
    const message = `it is version ${server.version}, this program is ${version}`
    const advice = { what: 'bring both to the same version', where: subject }
    return report.warning({ id: 'version', message, advice })
  }
  return report.ok('current', `it runs on generation ${server.generation}, version ${server.version}`)
}
