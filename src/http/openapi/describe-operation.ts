import type { FastifySchema, RouteOptions } from 'fastify'
import { Type, type TSchema } from 'typebox'
import type { Answer } from '../resource.ts'

type Described = { description: string; headers: Record<string, object>; content?: Record<string, { schema: object }> }

/** Where the API is; a path of the document is never empty. */
const ROOT = '/api/v1'

const API_VERSION_HEADER = {
  'API-version': { type: 'string', description: 'De versie van de standaard die beantwoord wordt.' },
}
const LOCATION_HEADER = { Location: { type: 'string', format: 'uri', description: 'Waar het nieuwe object staat.' } }
const RETRY_AFTER_HEADER = { 'Retry-After': { type: 'integer', description: 'Na hoeveel seconden opnieuw.' } }

/**
 * What the OpenAPI document says of a route: what stands in its schema, and what follows from its `config`: who
 * may use it, which answers it gives and which refusals can come before its handler. Pure.
 */
export function describeOperation<S extends FastifySchema>({
  schema,
  url,
  route,
}: {
  schema: S
  url: string
  route: RouteOptions
}): { schema: S; url: string } {
  const { access, answer } = route.config ?? {}
  if (schema?.hide === true || answer === undefined) return { schema: { ...schema, hide: true }, url }
  const needs = access === undefined || access === 'open' ? undefined : access.join(' of ')
  const described = {
    ...schema,
    tags: [/^\/api\/v1\/([a-z]+)/.exec(url)?.[1] ?? 'api'],
    security: needs === undefined ? [] : [{ 'JWT-Claims': [] }],
    ...(needs === undefined ? {} : { description: describedWith(schema?.description, needs) }),
    response: { [answer.status]: successOf(answer), ...refusalsOf(route, needs !== undefined) },
  }
  return { schema: described, url: url === ROOT ? `${ROOT}/` : url }
}

function describedWith(description: string | undefined, needs: string): string {
  return [description, `Benodigde scope: \`${needs}\`.`].filter((text) => text !== undefined).join('\n\n')
}

function successOf({ status, schema, mediaType = 'application/json', location }: Answer): Described | TSchema {
  const headers = { ...API_VERSION_HEADER, ...(location === true ? LOCATION_HEADER : {}) }
  const description = DESCRIPTIONS[status] ?? 'Gelukt.'
  if (schema === undefined) return { ...Type.Null(), description, headers }
  return { description, headers, content: { [mediaType]: { schema } } }
}

function refusalsOf({ config, schema, url }: RouteOptions, isGuarded: boolean): Record<number, Described> {
  const hasBody = schema?.body !== undefined
  const statuses = [
    ...(hasBody || config?.query !== undefined ? [400] : []),
    ...(isGuarded ? [403] : []),
    ...(url.includes(':') ? [404] : []),
    ...(config?.negotiates === false ? [] : [406]),
    ...(config?.idempotent === true ? [409] : []),
    ...(hasBody ? [413, 415] : []),
    500,
    ...(isGuarded ? [503] : []),
  ]
  return Object.fromEntries(statuses.map((status) => [status, refusal(status)]))
}

function refusal(status: number): Described {
  const schema = status === 400 ? { anyOf: [{ $ref: 'ValidatieFout#' }, { $ref: 'Fout#' }] } : { $ref: 'Fout#' }
  return {
    description: DESCRIPTIONS[status] ?? 'Geweigerd.',
    headers: { ...API_VERSION_HEADER, ...(status === 503 ? RETRY_AFTER_HEADER : {}) },
    content: { 'application/problem+json': { schema } },
  }
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  200: 'Gelukt.',
  201: 'Aangemaakt.',
  204: 'Gelukt, zonder inhoud.',
  400: 'De aanvraag klopt niet; `invalidParams` noemt de velden, behalve als de body geen JSON is.',
  403: 'Geen of ongeldige credentials, of een scope die ontbreekt.',
  404: 'Bestaat niet.',
  406: 'De header Accept laat geen JSON toe.',
  409: 'De Idempotency-Key is van een verzoek met een andere inhoud.',
  413: 'De body is te groot.',
  415: 'De body heeft een ander mediatype.',
  500: 'Een fout in de dienst zelf.',
  503: 'De dienst kan nu niet opslaan of opzoeken; probeer het later opnieuw.',
}
