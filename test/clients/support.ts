import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { startDeliveringApp, type DeliveringApp } from '../support/delivering-app.ts'
import type { SeedConfiguration } from '../support/seed-configuration.ts'

/** The application on a port of 127.0.0.1, with the deliveries behind it. */
export type Bode = Omit<DeliveringApp, 'attempted'> & {
  /** `http://127.0.0.1:PORT` */
  origin: string
  /** What clients have configured: ends in a slash. */
  apiRoot: string
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
  const world = await startDeliveringApp(t, url, { kanalen: KANALEN, ...configuration })
  await world.app.listen({ host: '127.0.0.1', port: 0 })
  const origin = `http://127.0.0.1:${(world.app.server.address() as AddressInfo).port}`
  return {
    ...world,
    origin,
    apiRoot: `${origin}/api/v1/`,
    deliver: async () => {
      world.advance(0)
      await world.drained()
    },
    attempted: async (count, advanceMs = 0) => {
      world.advance(advanceMs)
      await world.attempted(count)
    },
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
