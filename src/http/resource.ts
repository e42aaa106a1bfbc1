import type { FastifyInstance, FastifySchema, RouteHandlerMethod } from 'fastify'
import { Type, type TSchema } from 'typebox'
import type { Scope } from '../common/model.ts'
import { Problem } from '../common/problem.ts'
import type { Publishing } from '../notificaties/publish.ts'
import type { TraceSpan } from '../observability/tracer.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The answer when all is well. Without a schema it has no body. */
export type Answer = {
  status: 200 | 201 | 204
  schema?: TSchema
  /** Default application/json. */
  mediaType?: string
  /** A header Location says where the new object is. */
  location?: boolean
}

export type Operation = {
  access: 'open' | readonly Scope[]
  /** The operation's name in the OpenAPI document; clients' generated code is called after it. */
  id: string
  summary: string
  description?: string
  /** The query parameters that it knows; absent: it does not look at them. */
  query?: readonly string[]
  /** Describes the body; it is read by rules of our own. */
  body?: TSchema
  /** Media types of the body; default application/json. */
  consumes?: string[]
  answer: Answer
  handler: RouteHandlerMethod
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the OpenAPI document says of success; a route without it is not in there. */
    answer?: Answer
  }
}

/**
 * Adds a resource with its operations. OPTIONS tells what there is, every other method answers 405; all of
 * them tell it in `Allow`.
 */
export function resource(app: FastifyInstance, url: string, operations: Partial<Record<Method, Operation>>): void {
  const defined = Object.entries(operations) as [Method, Operation][]
  const methods = defined.flatMap(([method]) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  const allow = allowOf(methods)
  for (const [method, operation] of defined) {
    const { access, query, answer, handler } = operation
    const config = { access, allow, answer, ...(query === undefined ? {} : { query }) }
    app.route({ method, url, config, schema: schemaOf(url, operation), handler })
  }
  otherMethods(app, url, methods)
}

/** Adds a document that everybody may read; it has one form, whatever the Accept header asks for. */
export function document(app: FastifyInstance, url: string, handler: RouteHandlerMethod): void {
  const config = { access: 'open', allow: allowOf(READING), negotiates: false } as const
  app.route({ method: 'GET', url, config, schema: { hide: true }, handler })
  otherMethods(app, url, READING)
}

const READING = ['GET', 'HEAD']

function allowOf(methods: readonly string[]): string {
  return [...methods, 'OPTIONS'].join(', ')
}

function otherMethods(app: FastifyInstance, url: string, methods: readonly string[]): void {
  const config = { access: 'open', allow: allowOf(methods), negotiates: false } as const
  const schema = { hide: true }
  const handler: RouteHandlerMethod = (_request, reply) => reply.code(204).header('allow', config.allow).send()
  app.route({ method: 'OPTIONS', url, config, schema, handler })
  app.route({
    method: app.supportedMethods.filter((method) => ![...methods, 'OPTIONS'].includes(method)),
    url,
    config,
    schema,
    onRequest: async ({ method }) => {
      throw new Problem('methodNotAllowed', { detail: `Methode "${method}" niet toegestaan.` })
    },
    handler,
  })
}

/** What Fastify and the OpenAPI document need; the rest of the document follows from the config. */
function schemaOf(
  url: string,
  { id, summary, description, query = [], body, consumes, answer }: Operation,
): FastifySchema {
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(url.includes(':uuid') ? { params: UUID_PARAMETER } : {}),
    ...(query.length === 0 ? {} : { querystring: parametersOf(query) }),
    ...(body === undefined ? {} : { body }),
    ...(consumes === undefined ? {} : { consumes }),
    ...(answer.schema === undefined ? {} : { response: { [answer.status]: answer.schema } }),
  }
}

const UUID_PARAMETER = Type.Object({
  uuid: Type.String({ format: 'uuid', description: 'Laatste deel van de `url` van het object.' }),
})

function parametersOf(names: readonly string[]): TSchema {
  return Type.Object(Object.fromEntries(names.map((name) => [name, Type.Optional(Type.String())])))
}

/** The client id of a route that is not open: `authorization` has seen to it. */
export function clientOf({ clientId }: { clientId: string | null }): { clientId: string } {
  if (clientId === null) throw new Error('an open route asks who is calling')
  return { clientId }
}

/** The same for who publishes, with the trace that it is part of. */
export function publishingOf(request: Parameters<typeof clientOf>[0] & { span: TraceSpan | null }): Publishing {
  return { ...clientOf(request), traceparent: request.span?.traceparent ?? null }
}

/** What was sent; no body at all is an empty object, so that the answer names the fields that are missing. */
export function bodyOf({ body }: { body: unknown }): unknown {
  return body === undefined ? {} : body
}

/** The uuid in a path: canonical, in capitals or without dashes, as clients write it. Throws Problem `notFound`. */
export function uuidOf(params: unknown): string {
  const { uuid } = params as { uuid: string }
  const found = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i.exec(uuid)
  if (found === null) throw new Problem('notFound')
  return found.slice(1).join('-').toLowerCase()
}
