import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../src/common/clock.ts'
import type { Environment } from '../../src/common/environment.ts'
import type { Database } from '../../src/db/open.ts'
import { serve, type ServedProgram } from '../support/program.ts'
import { compare, drained, startLoad } from './load.ts'
import { inFaultWorld, withDatabase } from './world.ts'

export type ReplicasOptions = {
  /** An empty PostgreSQL database. */
  databaseUrl: string
  random: Random
  /** What happens to one of the two, of two new ones each time. */
  hits: readonly Hit[]
  onHit?: (number: number) => void
}

/**
 * Under load it is killed, or stopped (SIGSTOP) until the other has taken its work and for `frozenMs` at least, and then
 * goes on as if nothing had been.
 */
export type Hit = { kind: 'kill' } | { kind: 'freeze'; frozenMs: number }

export type ReplicasReport = {
  acknowledged: number
  lost: string[]
  /** What came twice although the one that was hit had not leased it, and nobody said that its lease was lost. None. */
  repeated: string[]
  duplicated: number
  leased: number
  /** After each hit, until the other had all of it, ms. */
  takenOverAfterMs: number[]
}

/** What the log says of a lost lease. */
const LEASE_LOST = 'lease lost: the outcome was not written'
const TAKES_OVER_WITHIN_MS = 60_000

/** Two built servers on one database, one of them hit under load; then two others, until there are no more hits. */
export async function hitReplicas({ databaseUrl, random, hits, onHit }: ReplicasOptions): Promise<ReplicasReport> {
  return inFaultWorld({ databaseUrl, random }, async ({ environment, ledger, arrived }) =>
    withDatabase(databaseUrl, async (database) => {
      const excused = new Set<string>()
      const takenOverAfterMs: number[] = []
      let leased = 0
      for (const [index, how] of hits.entries()) {
        const round = await withServers(environment, async (hit, other) => {
          const loads = [hit, other].map(({ url }, which) => startLoad(url, `${index}/${which}`, ledger))
          const { lost, takenOver } = await strike(database, hit, { how, random })
          await Promise.all(loads.map((load) => load.stop()))
          await drained(database)
          return { lost, takenOver, said: await lostLeases(database, [hit, other]) }
        })
        for (const key of [...round.lost, ...round.said]) excused.add(key)
        leased += round.lost.length
        takenOverAfterMs.push(round.takenOver)
        onHit?.(index + 1)
      }
      const twice = [...arrived].filter(([, count]) => count > 1).map(([key]) => key)
      const repeated = twice.filter((key) => !excused.has(key))
      return { ...(await compare(ledger, arrived, database)), repeated, leased, takenOverAfterMs }
    }),
  )
}

/** Two servers while `work` runs. */
async function withServers<T>(
  environment: Environment,
  work: (hit: ServedProgram, other: ServedProgram) => Promise<T>,
): Promise<T> {
  const servers: ServedProgram[] = []
  try {
    for (let count = 0; count < 2; count += 1) servers.push(await serve({ teardown: () => {} }, environment))
    const [hit, other] = servers as [ServedProgram, ServedProgram]
    return await work(hit, other)
  } finally {
    const alive = servers.filter(({ child }) => child.signalCode === null)
    // One that is frozen would hear of nothing else.
    for (const { child } of alive) child.kill('SIGCONT')
    await Promise.all(alive.map((server) => server.stop()))
  }
}

/** Hits a server under load; what it had leased then, and after how many ms the other had all of it. */
async function strike(
  database: Database,
  hit: ServedProgram,
  { how, random }: { how: Hit; random: Random },
): Promise<{ lost: string[]; takenOver: number }> {
  await sleep(1_000 + random() * 1_000)
  hit.child.kill(how.kind === 'kill' ? 'SIGKILL' : 'SIGSTOP')
  const from = performance.now()
  // What it had sent to the database is carried out by then.
  await sleep(100)
  const id = await serverIdOf(database, hit)
  const lost = await leasedBy(database, id)
  while ((await leasedBy(database, id)).length > 0) {
    if (performance.now() - from > TAKES_OVER_WITHIN_MS) throw new Error('nobody takes over')
    await sleep(50)
  }
  const takenOver = performance.now() - from
  if (how.kind === 'freeze') {
    await sleep(Math.max(0, how.frozenMs - takenOver))
    hit.child.kill('SIGCONT')
  }
  return { lost, takenOver }
}

async function serverIdOf(database: Database, { child }: ServedProgram): Promise<string> {
  return (
    await database.reader.server.findFirstOrThrow({ where: { pid: child.pid ?? 0 }, orderBy: { startedAt: 'desc' } })
  ).id
}

/** What the servers say they sent in vain, as `abonnement resourceUrl`. */
async function lostLeases(database: Database, servers: readonly ServedProgram[]): Promise<string[]> {
  const lines = servers.flatMap((server) =>
    server
      .output()
      .split('\n')
      .filter((line) => line.includes(LEASE_LOST)),
  )
  const abonnementen = await database.reader.abonnement.findMany({ select: { id: true, name: true } })
  const names = new Map(abonnementen.map(({ id, name }) => [id, name]))
  return Promise.all(
    lines.map(async (line) => {
      const { notificatieId, abonnementId } = JSON.parse(line) as { notificatieId: string; abonnementId: string }
      const { body } = await database.reader.notificatie.findUniqueOrThrow({ where: { id: notificatieId } })
      return `${names.get(abonnementId)} ${resourceUrlOf(body)}`
    }),
  )
}

function resourceUrlOf(body: string): string {
  return (JSON.parse(body) as { resourceUrl: string }).resourceUrl
}

/** What it has leased, as `abonnement resourceUrl`. */
async function leasedBy(database: Database, owner: string): Promise<string[]> {
  const rows = await database.reader.$queryRaw<{ name: string; body: string }[]>`
    SELECT abonnement.name, notificatie.body FROM delivery
    JOIN notificatie ON notificatie.id = delivery.notificatie_id
    JOIN abonnement ON abonnement.id = delivery.abonnement_id
    WHERE state = 1 AND lease_owner = ${owner}`
  return rows.map(({ name, body }) => `${name} ${resourceUrlOf(body)}`)
}
