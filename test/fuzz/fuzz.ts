import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { Agent } from 'undici'
import { parse } from 'yaml'
import type { TestApp } from '../support/app.ts'
import { arbitraryRequest, type FuzzDocument, type FuzzRequest } from './arbitrary-request.ts'

export type FuzzSummary = {
  requests: number
  seed: number
  /** How often each status came. */
  statuses: Record<string, number>
  /** Operations of the document that were answered with success at least once. */
  reached: string[]
  /** What was not as it must be, with the request that shows it. */
  failures: string[]
  /** Growth of the heap between a quarter of the run and its end, MB; only where garbage can be collected first. */
  heapGrowthMb?: number
}

/** So many abonnementen stay; older ones are deleted, or a notificatie would go to thousands. */
const MAX_ABONNEMENTEN = 20
const SLOW_MS = 10_000
const MB = 1024 * 1024

/**
 * Sends `requests` requests that are made from the served OpenAPI document over a real connection, one after
 * the other, and checks every answer: a documented status and never 500, errors in the standard's own schema,
 * in time. The same seed gives the same requests.
 */
export async function fuzz(
  { app, authorization, snapshot }: TestApp,
  { requests, seed }: { requests: number; seed: number },
): Promise<FuzzSummary> {
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const document = (await app.inject('/api/v1/openapi.json')).json<FuzzDocument>()
  const agent = new Agent({ connections: 1, headersTimeout: SLOW_MS, bodyTimeout: SLOW_MS })
  const uuids = { kanaal: [...snapshot().kanalen.values()].map(({ id }) => id), abonnement: [] as string[] }
  const idsOf = (path: string): string[] => (path.startsWith('/kanaal') ? uuids.kanaal : uuids.abonnement)
  const token = (): string => authorization().slice('Bearer '.length)
  const summary: FuzzSummary = { requests, seed, statuses: {}, reached: [], failures: [] }
  const isFout = foutValidator()
  let quarter = 0
  const ask = async (request: FuzzRequest): Promise<Answer> => {
    const { statusCode, headers, body } = await agent.request({
      origin,
      path: request.path,
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
    })
    return { status: statusCode, type: String(headers['content-type'] ?? ''), text: await body.text() }
  }
  for (let done = 0; done < requests; done += BATCH) {
    const batch = fc.sample(arbitraryRequest(document, token, idsOf), {
      numRuns: Math.min(BATCH, requests - done),
      seed: seed + done,
    })
    for (const request of batch) {
      const answer = await ask(request).catch((error: unknown) => ({ status: 0, type: '', text: String(error) }))
      summary.statuses[answer.status] = (summary.statuses[answer.status] ?? 0) + 1
      const problem = problemOf(request, answer, { document, isFout })
      if (problem !== undefined) summary.failures.push(`${problem}: ${show(request)} -> ${answer.text.slice(0, 300)}`)
      if (answer.status < 300 && !summary.reached.includes(request.operation)) summary.reached.push(request.operation)
      await remember(request, answer)
    }
    if (quarter === 0 && done >= requests / 4) quarter = heapUsed()
  }
  if (globalThis.gc !== undefined) summary.heapGrowthMb = Math.round((heapUsed() - quarter) / MB)
  await agent.close()
  return summary

  /** Keeps the ids of abonnementen, and their number low. */
  async function remember({ path, method }: FuzzRequest, { status, text }: Answer): Promise<void> {
    if (status !== 201 || method !== 'POST' || !path.startsWith('/api/v1/abonnement')) return
    uuids.abonnement.push((JSON.parse(text) as { url: string }).url.slice(-36))
    if (uuids.abonnement.length <= MAX_ABONNEMENTEN) return
    const url = `/api/v1/abonnement/${uuids.abonnement.shift()}`
    await app.inject({ method: 'DELETE', url, headers: { authorization: authorization() } })
  }
}

/** Requests are made so many at a time, with the ids that exist by then. */
const BATCH = 200

type Answer = { status: number; type: string; text: string }
type Judging = { document: FuzzDocument; isFout: (body: unknown) => boolean }

function problemOf(
  request: FuzzRequest,
  { status, type, text }: Answer,
  { document, isFout }: Judging,
): string | undefined {
  if (status === 0) return 'no answer'
  const [method = '', path = ''] = request.operation.split(' ')
  const described = document.paths[path]?.[(method === 'HEAD' ? 'get' : method).toLowerCase()]
  // A path can get another one: an id that is empty, or has a slash in it.
  const elsewhere = status === 404 || status === 405
  if (described === undefined && !elsewhere && !(method === 'OPTIONS' && status === 204))
    return `status ${status} of a method that is not there`
  if (described !== undefined && !elsewhere && !(status in described.responses)) return `undocumented status ${status}`
  if (status === 500) return 'status 500'
  if (status < 400 || method === 'HEAD') return undefined
  if (!type.startsWith('application/problem+json')) return `an error of type ${type}`
  return isFout(JSON.parse(text)) ? undefined : 'an error that is no Fout of the standard'
}

/** By the standard's own document: ValidatieFout when there are invalidParams, else Fout. */
function foutValidator(): Judging['isFout'] {
  const file = join(import.meta.dirname, '../fixtures/openapi/notificaties-api-1.0.1.openapi.yaml')
  const { components } = parse(readFileSync(file, 'utf8')) as { components: object }
  const ajv = new Ajv2020({ strict: false })
  ajv.addSchema({ $id: 'standard', components })
  const [fout, validatieFout] = ['Fout', 'ValidatieFout'].map((name) =>
    ajv.compile({ $ref: `standard#/components/schemas/${name}` }),
  )
  return (body) =>
    (typeof body === 'object' && body !== null && 'invalidParams' in body ? validatieFout : fout)?.(body) === true
}

function heapUsed(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

function show({ method, path, headers, body }: FuzzRequest): string {
  const { authorization = '', ...others } = headers
  return `${method} ${path} ${JSON.stringify({ ...others, authorization: authorization.slice(0, 12) })} ${body?.toString('latin1').slice(0, 500) ?? ''}`
}
