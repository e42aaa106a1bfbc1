import type { FastifyInstance, FastifySchema, RouteHandlerMethod } from 'fastify'
import type { Scope } from '../common/model.ts'
import { Problem } from '../common/problem.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type Operation = {
  access: 'open' | readonly Scope[]
  /** The query parameters that it knows; absent: it does not look at them. */
  query?: readonly string[]
  schema?: FastifySchema
  handler: RouteHandlerMethod
}

/**
 * Adds a resource with its operations. Every other method answers 405; all of them tell in `Allow` what
 * there is. `produces` is the media type of its answers, when that is not application/json.
 */
export function resource(
  app: FastifyInstance,
  url: string,
  operations: Partial<Record<Method, Operation>>,
  shared: { produces?: string } = {},
): void {
  const defined = Object.entries(operations) as [Method, Operation][]
  const allow = defined.flatMap(([method]) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ')
  for (const [method, { access, query, schema = {}, handler }] of defined) {
    const config = { access, allow, ...shared, ...(query === undefined ? {} : { query }) }
    app.route({ method, url, config, schema, handler })
  }
  app.route({
    method: app.supportedMethods.filter((method) => !allow.split(', ').includes(method)),
    url,
    config: { access: 'open', allow, ...shared },
    onRequest: async ({ method }) => {
      throw new Problem('methodNotAllowed', { detail: `Methode "${method}" niet toegestaan.` })
    },
    handler: () => undefined,
  })
}

/** The client id of a route that is not open: `authorization` has seen to it. */
export function clientOf({ clientId }: { clientId: string | null }): { clientId: string } {
  if (clientId === null) throw new Error('an open route asks who is calling')
  return { clientId }
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
