import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request, type Dispatcher } from 'undici'
import type { Environment } from '../../src/common/environment.ts'
import type { Database } from '../../src/db/open.ts'
import { applyDocument, serve } from '../support/program.ts'
import type { Receiver } from '../support/receiver.ts'
import { makeToken } from '../support/token.ts'
import type { Ledger } from './ledger.ts'

const ABONNEMENTEN = ['a', 'b', 'c']
const SECRET = 'secret-of-the-publisher-in-the-kill-test'
const PUBLISHERS = 12
/** A dead server's work is taken over within 35 s, so no backlog stands still for longer. */
const STANDS_STILL_MS = 90_000

/** How often each delivery, as `abonnement resourceUrl`, was answered with 2xx; some fail at first. */
export function recordArrivals(receiver: Receiver, random: () => number): Map<string, number> {
  const arrived = new Map<string, number>()
  receiver.answer(({ path, body }) => {
    if (random() < 0.03) return { status: 503 }
    const key = `${path.slice(1)} ${(JSON.parse(body) as { resourceUrl: string }).resourceUrl}`
    arrived.set(key, (arrived.get(key) ?? 0) + 1)
    return { status: 204, delayMs: random() * 20 }
  })
  return arrived
}

/** Migrates and applies: three abonnementen that get everything. */
export async function configure(folder: string, environment: Environment, receiverUrl: string): Promise<void> {
  const callbacks = Object.fromEntries(ABONNEMENTEN.map((name) => [name, `${receiverUrl}/${name}`]))
  await configureFor(folder, environment, callbacks)
}

/** The same for abonnementen of your own, each with its callbackUrl; none is also well. */
export async function configureFor(
  folder: string,
  environment: Environment,
  callbacks: Readonly<Record<string, string>>,
): Promise<void> {
  const abonnementen = Object.entries(callbacks).map(
    ([name, callbackUrl]) => `  ${name}:
    callbackUrl: ${callbackUrl}
    auth: { type: no_auth }
    kanalen: [{ naam: zaken }]`,
  )
  const document = `apiVersion: bode/v1
kind: Configuration
metadata: { name: faults, environment: dev }
clientCredentials:
  publisher:
    secret: { insecureLiteral: ${SECRET} }
    authorizedBy: configuration
    scopes: [notificaties.publiceren, notificaties.consumeren]
kanalen: { zaken: {} }
${abonnementen.length === 0 ? '' : `abonnementen:\n${abonnementen.join('\n')}`}
delivery: { retry: { maxRetries: 100, backoff: 100ms, baseFactor: 1, backoffMax: 1s } }
callbacks: { probe: off }
egress: { policy: private, allow: [127.0.0.0/8] }
`
  await applyDocument(document, folder, environment)
}

/** Publishers that go on until they are stopped, each waiting for its answer before the next message. */
export function startLoad(url: string, run: string, ledger: Ledger): { stop(): Promise<number> } {
  const agent = new Agent({ connections: PUBLISHERS })
  const stopped = new AbortController()
  let count = 0
  let unacknowledged = 0

  async function publish(): Promise<void> {
    const resourceUrl = `http://zaken.test/${run}/${(count += 1)}`
    try {
      if ((await publishOnce(url, resourceUrl, agent)) === 201) ledger.write(resourceUrl)
      else unacknowledged += 1
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

/** Publishes one message; the status that came back. Throws when no answer came. */
export async function publishOnce(url: string, resourceUrl: string, dispatcher?: Dispatcher): Promise<number> {
  const { status } = await callApi(
    url,
    { method: 'POST', path: 'notificaties', body: messageAbout(resourceUrl) },
    dispatcher,
  )
  return status
}

export type ApiCall = { method: 'POST' | 'DELETE'; path: string; body?: Record<string, unknown> }

/** One request to the API; the status and the body that came back. Throws when no answer came. */
export async function callApi(
  url: string,
  { method, path, body }: ApiCall,
  dispatcher?: Dispatcher,
): Promise<{ status: number; body: string }> {
  const token = makeToken({ clientId: 'publisher', secret: SECRET, now: Date.now() })
  const answer = await request(`${url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    ...(dispatcher === undefined ? {} : { dispatcher }),
  })
  return { status: answer.statusCode, body: await answer.body.text() }
}

function messageAbout(resourceUrl: string): Record<string, unknown> {
  const aanmaakdatum = new Date(Date.now() - 1_000).toISOString()
  const what = { kanaal: 'zaken', hoofdObject: resourceUrl, resource: 'zaak', resourceUrl, actie: 'create' }
  return { ...what, aanmaakdatum, kenmerken: {} }
}

/** Lets a last server deliver all that is left, and stops it. */
export async function drain(environment: Environment, database: Database): Promise<void> {
  const server = await serve({ teardown: () => {} }, environment)
  await drained(database)
  const exit = await server.stop()
  if (exit !== 0) throw new Error(`the server exits ${exit} after a graceful stop:\n${server.output().slice(-2_000)}`)
}

/** Resolves when no delivery is unfinished. Throws when their number stands still. */
export async function drained(database: Database): Promise<void> {
  let fewest = Infinity
  let deadline = 0
  for (;;) {
    const left = await database.reader.delivery.count()
    if (left === 0) return
    if (left < fewest) deadline = performance.now() + STANDS_STILL_MS
    fewest = Math.min(fewest, left)
    if (performance.now() > deadline) throw new Error(`${left} deliveries left, none ended in ${STANDS_STILL_MS} ms`)
    await sleep(200)
  }
}

/** What was acknowledged against what arrived or is kept as a dead letter. */
export async function compare(
  ledger: Ledger,
  arrived: ReadonlyMap<string, number>,
  database: Database,
): Promise<{ acknowledged: number; lost: string[]; duplicated: number }> {
  const acknowledged = ledger.entries()
  const dead = await deadLetters(database)
  const lost = acknowledged.flatMap((id) =>
    ABONNEMENTEN.map((name) => `${name} ${id}`).filter((key) => !arrived.has(key) && !dead.has(key)),
  )
  const duplicated = [...arrived.values()].reduce((sum, count) => sum + count - 1, 0)
  return { acknowledged: acknowledged.length, lost, duplicated }
}

async function deadLetters(database: Database): Promise<Set<string>> {
  const rows = await database.reader.$queryRaw<{ name: string; body: string }[]>`
    SELECT abonnement.name, notificatie.body FROM delivery_done
    JOIN notificatie ON notificatie.id = delivery_done.notificatie_id
    JOIN abonnement ON abonnement.id = delivery_done.abonnement_id
    WHERE outcome = 'dead'`
  return new Set(rows.map(({ name, body }) => `${name} ${(JSON.parse(body) as { resourceUrl: string }).resourceUrl}`))
}
