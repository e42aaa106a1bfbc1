import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from '../../src/common/environment.ts'
import type { Database } from '../../src/db/open.ts'
import { serve, type ServedProgram } from '../support/program.ts'
import type { Ledger } from './ledger.ts'
import { compare, drain, startLoad } from './load.ts'
import { inFaultWorld, withDatabase } from './world.ts'

export type KillOptions = {
  databaseUrl: string
  /** How often the server is killed. */
  iterations: number
  /** Where the moments of killing come from: the same seed kills at the same moments. */
  random: () => number
  /** The server ends itself at these moments, one after the other; default: it is killed at random ones. */
  failpoints?: readonly Failpoint[]
  onKill?: (iteration: number) => void
}

/** Moments that failpoints.js knows. */
export const FAILPOINTS = [
  'before-accept',
  'mid-accept',
  'after-accept',
  'mid-claim',
  'before-settle',
  'mid-settle',
  'after-settle',
] as const
export type Failpoint = (typeof FAILPOINTS)[number]

export type KillReport = {
  /** Messages that got a 201. */
  acknowledged: number
  /** Acknowledged messages that some abonnement got neither delivered nor as a dead letter. Must be none. */
  lost: string[]
  /** Deliveries answered with 2xx more than once, and how many were under way when the server was killed. */
  duplicated: number
  inFlightAtKills: number
  /** Requests that got no answer, or another one than 201: they promised nothing. */
  unacknowledged: number
  /** How often the server ended itself at the moment it was told to. */
  reached: number
}

const MAX_RUN_MS = 2_500
/** A server under load comes by every moment many times a second. */
const REACHED_WITHIN_MS = 20_000

/**
 * Publishes under load to the built server, kills it (SIGKILL) at random moments, starts it again, and at the
 * end lets it drain and compares what was acknowledged with what arrived (invariants I1 and I6).
 */
export async function killLoop(options: KillOptions): Promise<KillReport> {
  return inFaultWorld(options, async ({ environment, ledger, arrived }) =>
    withDatabase(options.databaseUrl, async (database) => {
      const killed = await killRepeatedly(options, environment, ledger, database)
      await drain(environment, database)
      return { ...(await compare(ledger, arrived, database)), ...killed }
    }),
  )
}

async function killRepeatedly(
  { iterations, random, failpoints, onKill }: KillOptions,
  environment: Environment,
  ledger: Ledger,
  database: Database,
): Promise<Pick<KillReport, 'unacknowledged' | 'inFlightAtKills' | 'reached'>> {
  let [unacknowledged, inFlightAtKills, reached] = [0, 0, 0]
  for (let iteration = 1; iteration <= iterations; iteration += 1) {
    const failpoint = failpoints?.[(iteration - 1) % failpoints.length]
    const server = await serve({ teardown: () => {} }, { ...environment, ...trap(failpoint, random) })
    const load = startLoad(server.url, `${iteration}`, ledger)
    if (failpoint === undefined) await sleep(random() * MAX_RUN_MS)
    else if (await endsWithin(server, REACHED_WITHIN_MS)) reached += 1
    await kill(server)
    inFlightAtKills += await leasedBy(database, server)
    unacknowledged += await load.stop()
    onKill?.(iteration)
  }
  return { unacknowledged, inFlightAtKills, reached }
}

/** What makes the server end itself; not at the very first time, so that there is something under way. */
function trap(failpoint: Failpoint | undefined, random: () => number): Environment {
  if (failpoint === undefined) return {}
  return {
    NODE_OPTIONS: `--import=${join(import.meta.dirname, 'failpoints.js')}`,
    BODE_TEST_FAILPOINT: failpoint,
    BODE_TEST_FAILPOINT_AT: String(1 + Math.floor(random() * 12)),
  }
}

async function endsWithin({ child }: ServedProgram, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms
  while (child.signalCode === null && performance.now() < deadline) await sleep(5)
  return child.signalCode !== null
}

async function kill({ child }: ServedProgram): Promise<void> {
  if (child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

/** What the killed server had leased: sent, being settled or waiting. No more than that may come twice. */
async function leasedBy(database: Database, { child }: ServedProgram): Promise<number> {
  const owner = await database.reader.server.findFirst({
    where: { pid: child.pid ?? 0 },
    orderBy: { startedAt: 'desc' },
  })
  return owner === null ? 0 : database.reader.delivery.count({ where: { state: 1, leaseOwner: owner.id } })
}
