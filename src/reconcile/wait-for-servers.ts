import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../common/clock.ts'
import { Failure } from '../common/failure.ts'
import { liveServers, type LiveServer } from '../db/live-servers.ts'
import type { Database } from '../db/open.ts'

/** A server that was not seen for this long is gone: nobody waits for it. */
const ALIVE_WITHIN_MS = 30_000
const POLL_MS = 100

/** Not every live server runs on the generation that it should. */
export class Unconfirmed extends Failure {
  /** True when one refused it; false when one is only late. */
  readonly refused: boolean

  constructor(message: string, refused: boolean) {
    super('unconfirmed', message)
    this.refused = refused
  }
}

/**
 * Waits until every live server runs on `generation` or a newer one, and returns them; none at all is
 * fine. Throws Unconfirmed as soon as one refuses it, or after `timeoutMs`.
 */
export async function waitForServers(
  database: Database,
  generation: number,
  { timeoutMs, clock }: { timeoutMs: number; clock: Clock },
): Promise<LiveServer[]> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const servers = await liveServers(database, clock.now() - ALIVE_WITHIN_MS)
    const behind = servers.filter((server) => server.state !== 'ok' || server.generation < generation)
    if (behind.length === 0) return servers
    const refused = behind.filter((server) => server.state === 'refused' && server.generation >= generation)
    if (refused.length > 0 || performance.now() >= deadline) {
      const message = `generation ${generation} is applied, but ${behind.map(describe).join('; ')}`
      throw new Unconfirmed(message, refused.length > 0)
    }
    await sleep(POLL_MS)
  }
}

function describe({ host, pid, generation, state, reason }: LiveServer): string {
  return state === 'refused'
    ? `the server ${host} (pid ${pid}) refused it: ${reason ?? 'no reason given'}`
    : `the server ${host} (pid ${pid}) is still at generation ${generation}`
}
