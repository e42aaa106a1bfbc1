import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { Environment } from '../../src/common/environment.ts'
import { openDatabase, type Database } from '../../src/db/open.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { bode, serve, type ServedProgram } from '../support/program.ts'
import { Receiver } from '../support/receiver.ts'
import { makeToken } from '../support/token.ts'
import { Ledger } from './ledger.ts'

export type KillOptions = {
  databaseUrl: string
  /** How often the server is killed. */
  iterations: number
  /** Where the moments of killing come from: the same seed kills at the same moments. */
  random: () => number
  onKill?: (iteration: number) => void
}

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
}

const ABONNEMENTEN = ['a', 'b', 'c']
const SECRET = 'secret-of-the-publisher-in-the-kill-test'
const PUBLISHERS = 12
const MAX_RUN_MS = 2_500
/** A dead server's work is taken over within 35 s. */
const DRAIN_WITHIN_MS = 90_000

/**
 * Publishes under load to the built server, kills it (SIGKILL) at random moments, starts it again, and at the
 * end lets it drain and compares what was acknowledged with what arrived (invariants I1 and I6).
 */
export async function killLoop(options: KillOptions): Promise<KillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'bode-kill-'))
  const receiver = new Receiver()
  await receiver.listen()
  const ledger = new Ledger(join(folder, 'acknowledged'))
  const environment = { DATABASE_URL: options.databaseUrl, BODE_MASTER_KEY: newMasterKey() }
  const arrived = recordArrivals(receiver, options.random)
  try {
    await configure(folder, environment, receiver.url)
    const database = await openDatabase(options.databaseUrl)
    try {
      const { unacknowledged, inFlightAtKills } = await killRepeatedly(options, environment, ledger, database)
      await drain(environment, database)
      const acknowledged = ledger.entries()
      const dead = await deadLetters(database)
      const missing = acknowledged.flatMap((id) =>
        ABONNEMENTEN.map((name) => `${name} ${id}`).filter((key) => !arrived.has(key) && !dead.has(key)),
      )
      const duplicated = [...arrived.values()].reduce((sum, count) => sum + count - 1, 0)
      return { acknowledged: acknowledged.length, lost: missing, duplicated, inFlightAtKills, unacknowledged }
    } finally {
      await database.close()
    }
  } finally {
    ledger.close()
    await receiver.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** How often each delivery, as `abonnement resourceUrl`, was answered with 2xx; some fail at first. */
function recordArrivals(receiver: Receiver, random: () => number): Map<string, number> {
  const arrived = new Map<string, number>()
  receiver.answer(({ path, body }) => {
    if (random() < 0.03) return { status: 503 }
    const key = `${path.slice(1)} ${(JSON.parse(body) as { resourceUrl: string }).resourceUrl}`
    arrived.set(key, (arrived.get(key) ?? 0) + 1)
    return { status: 204, delayMs: random() * 20 }
  })
  return arrived
}

async function configure(folder: string, environment: Environment, receiverUrl: string): Promise<void> {
  const file = join(folder, 'bode.yaml')
  const abonnementen = ABONNEMENTEN.map(
    (name) => `  ${name}:
    callbackUrl: ${receiverUrl}/${name}
    auth: { type: no_auth }
    kanalen: [{ naam: zaken }]`,
  )
  const document = `apiVersion: bode/v1
kind: Configuration
metadata: { name: kill, environment: dev }
clientCredentials:
  publisher:
    secret: { insecureLiteral: ${SECRET} }
    authorizedBy: configuration
    scopes: [notificaties.publiceren]
kanalen: { zaken: {} }
abonnementen:
${abonnementen.join('\n')}
delivery: { retry: { maxRetries: 100, backoff: 100ms, baseFactor: 1, backoffMax: 1s } }
egress: { policy: private, allow: [127.0.0.0/8] }
`
  writeFileSync(file, document)
  for (const args of [
    ['db', 'migrate'],
    ['apply', '-f', file, '--auto-approve'],
  ]) {
    const { exit, stdout, stderr } = await bode(args, environment)
    if (exit !== 0) throw new Error(`bode ${args.join(' ')} exits ${exit}:\n${stdout}${stderr}`)
  }
}

async function killRepeatedly(
  { iterations, random, onKill }: KillOptions,
  environment: Environment,
  ledger: Ledger,
  database: Database,
): Promise<{ unacknowledged: number; inFlightAtKills: number }> {
  let [unacknowledged, inFlightAtKills] = [0, 0]
  for (let iteration = 1; iteration <= iterations; iteration += 1) {
    const server = await serve({ teardown: () => {} }, environment)
    const load = startLoad(server.url, `${iteration}`, ledger)
    await sleep(random() * MAX_RUN_MS)
    await kill(server)
    inFlightAtKills += await leasedBy(database, server)
    unacknowledged += await load.stop()
    onKill?.(iteration)
  }
  return { unacknowledged, inFlightAtKills }
}

async function kill({ child }: ServedProgram): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

/** Publishers that go on until they are stopped, each waiting for its answer before the next message. */
function startLoad(url: string, run: string, ledger: Ledger): { stop(): Promise<number> } {
  const agent = new Agent({ connections: PUBLISHERS })
  const stopped = new AbortController()
  let count = 0
  let unacknowledged = 0
  const authorization = `Bearer ${makeToken({ clientId: 'publisher', secret: SECRET, now: Date.now() })}`

  async function publish(): Promise<void> {
    const resourceUrl = `http://zaken.test/${run}/${(count += 1)}`
    try {
      const { statusCode, body } = await request(`${url}/api/v1/notificaties`, {
        method: 'POST',
        dispatcher: agent,
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(messageAbout(resourceUrl)),
      })
      if (statusCode === 201) ledger.write(resourceUrl)
      else unacknowledged += 1
      await body.dump()
    } catch {
      unacknowledged += 1
      await sleep(5)
    }
  }

  const publishers = Array.from({ length: PUBLISHERS }, async () => {
    while (!stopped.signal.aborted) await publish()
  })
  return {
    stop: async () => {
      stopped.abort()
      await Promise.all(publishers)
      await agent.destroy()
      return unacknowledged
    },
  }
}

function messageAbout(resourceUrl: string): Record<string, unknown> {
  const aanmaakdatum = new Date(Date.now() - 1_000).toISOString()
  const what = { kanaal: 'zaken', hoofdObject: resourceUrl, resource: 'zaak', resourceUrl, actie: 'create' }
  return { ...what, aanmaakdatum, kenmerken: {} }
}

/** What the killed server had leased: sent, being settled or waiting. No more than that may come twice. */
async function leasedBy(database: Database, { child }: ServedProgram): Promise<number> {
  const owner = await database.reader.server.findFirst({
    where: { pid: child.pid ?? 0 },
    orderBy: { startedAt: 'desc' },
  })
  return owner === null ? 0 : database.reader.delivery.count({ where: { state: 1, leaseOwner: owner.id } })
}

async function drain(environment: Environment, database: Database): Promise<void> {
  const server = await serve({ teardown: () => {} }, environment)
  const deadline = performance.now() + DRAIN_WITHIN_MS
  do {
    if (performance.now() > deadline) throw new Error(`not drained within ${DRAIN_WITHIN_MS} ms`)
    await sleep(200)
  } while ((await database.reader.delivery.count()) > 0)
  const exit = await server.stop()
  if (exit !== 0) throw new Error(`the server exits ${exit} after a graceful stop:\n${server.output().slice(-2_000)}`)
}

async function deadLetters(database: Database): Promise<Set<string>> {
  const rows = await database.reader.$queryRaw<{ name: string; body: string }[]>`
    SELECT abonnement.name, notificatie.body FROM delivery_done
    JOIN notificatie ON notificatie.id = delivery_done.notificatie_id
    JOIN abonnement ON abonnement.id = delivery_done.abonnement_id
    WHERE outcome = 'dead'`
  return new Set(rows.map(({ name, body }) => `${name} ${(JSON.parse(body) as { resourceUrl: string }).resourceUrl}`))
}
