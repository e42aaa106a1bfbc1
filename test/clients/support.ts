import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { createDeliveryEngine, type DeliveryEngine } from '../../src/delivery/engine.ts'
import { createEgress } from '../../src/egress/egress.ts'
import { sentBody } from '../../src/notificaties/sent-body.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import type { SeedConfiguration } from '../support/seed-configuration.ts'

/** The application on a port of 127.0.0.1 with the engine that delivers, both on the clock of the test. */
export type Bode = TestApp & {
  /** `http://127.0.0.1:PORT` */
  origin: string
  /** What clients have configured: ends in a slash. */
  apiRoot: string
  engine: DeliveryEngine
  /** What was logged of attempts, oldest first. */
  attempts: () => Record<string, unknown>[]
  /** Sends what is due and waits until no delivery is unfinished. */
  deliver: () => Promise<void>
  /** Moves the clock, sends what is due by then and waits until `count` attempts are on record. */
  attempted: (count: number, advanceMs?: number) => Promise<void>
}

/** The kanalen that Open Zaak and the Objects API register, as they spell the filters. */
export const KANALEN = {
  zaken: ['bronorganisatie', 'zaaktype', 'vertrouwelijkheidaanduiding'],
  documenten: ['bronorganisatie', 'informatieobjecttype', 'vertrouwelijkheidaanduiding'],
  besluiten: ['verantwoordelijke_organisatie', 'besluittype'],
  zaaktypen: ['catalogus'],
  objecten: ['object_type'],
}

/** Starts both; they stop with the test. */
export async function startBode(t: Test, url: string, configuration: SeedConfiguration = {}): Promise<Bode> {
  const world = await startTestApp(t, url, { kanalen: KANALEN, ...configuration })
  const { app, database, snapshot, reload, clock } = world
  await app.listen({ host: '127.0.0.1', port: 0 })
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`

  const lines: Record<string, unknown>[] = []
  const logger = createLogger({
    level: 'info',
    destination: { write: (line) => lines.push(JSON.parse(line) as never) },
  })
  const egress = createEgress({ policy: () => snapshot().settings.egress })
  const shared = { database, snapshot, reload, clock, logger }
  const engine = createDeliveryEngine({
    ...shared,
    egress,
    sentBody,
    random: () => 0.5,
    serverId: 'test',
  })
  t.teardown(async () => {
    await engine.stop(0)
    await egress.close()
  })
  await engine.start()
  return {
    ...world,
    origin,
    apiRoot: `${origin}/api/v1/`,
    engine,
    attempts: () => lines.filter(({ msg }) => msg === 'attempt'),
    deliver: async () => {
      engine.nudge()
      await until(async () => (await database.reader.delivery.count()) === 0, 'every delivery has ended')
    },
    attempted: async (count, advanceMs = 0) => {
      clock.advance(advanceMs)
      engine.nudge()
      await until(async () => (await database.reader.attempt.count()) >= count, `${count} attempts are made`)
    },
  }
}

/** Nothing in a story takes this long; a condition that does not come true by then never will. */
const GIVE_UP_MS = 10_000

/** Resolves when the condition holds; throws an Error that says `what` did not come about. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + GIVE_UP_MS
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what}: not so after ${GIVE_UP_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export type Reply = { status: number; headers: IncomingHttpHeaders; text: string }

export type Sent = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers?: Record<string, string>
  /** A stream is sent in chunks, without a length. */
  body?: string | Readable
  /** Where to connect to, when that is not what the url says: a name that only a cluster resolves. */
  via?: string
}

/**
 * One request on the wire, with exactly these headers. Redirects are not followed. Who sends `Expect` waits to be
 * told to go on.
 */
export async function send({ method, url, headers = {}, body, via }: Sent): Promise<Reply> {
  const { host, pathname, search, origin } = new URL(url)
  const request = httpRequest(`${via ?? origin}${pathname}${search}`, { method, headers: { host, ...headers } })
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  if ('expect' in headers) {
    request.flushHeaders()
    await once(request, 'continue')
  }
  if (body instanceof Readable) body.pipe(request)
  else request.end(body)
  const [response] = await answered
  return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) }
}

/** Throws a SyntaxError when it is no JSON: most clients cannot read anything else, an error included. */
export function jsonOf({ text }: Reply): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>
}

/** A bare list, the only kind that most clients can read. Throws for anything else. */
export function listOf({ text }: Reply): Record<string, unknown>[] {
  const list: unknown = JSON.parse(text)
  if (!Array.isArray(list)) throw new TypeError('this is no list')
  return list as Record<string, unknown>[]
}

/** The rest of a url after its last slash: how most clients find the id. */
export function lastSegment(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}
