import type { FastifyInstance, RouteHandlerMethod } from 'fastify'
import { Type, type Static } from 'typebox'
import type { Kanalen } from '../../abonnementen/kanalen.ts'
import { Problem } from '../../common/problem.ts'
import type { Kanaal } from '../../common/snapshot.ts'
import { queryValue } from '../plugins/query.ts'
import { bodyOf, clientOf, resource, uuidOf } from '../resource.ts'
import { KanaalResponse } from '../schemas.ts'

const READ = ['notificaties.publiceren', 'notificaties.consumeren'] as const
const WRITE = ['notificaties.publiceren'] as const

/** Kanalen: list, create, read; and PUT and PATCH, which Open Notificaties has beyond the standard. */
export function kanaalRoutes(app: FastifyInstance, { kanalen }: { kanalen: Kanalen }): void {
  resource(app, '/kanaal', {
    GET: {
      access: READ,
      query: ['naam'],
      schema: { response: { 200: Type.Array(KanaalResponse) } },
      handler: async ({ query, root }) =>
        (await kanalen.list(queryValue(query, 'naam'))).map((kanaal) => toResponse(kanaal, root)),
    },
    POST: {
      access: WRITE,
      schema: { response: { 201: KanaalResponse } },
      handler: async (request, reply) => {
        const kanaal = toResponse(await kanalen.create(bodyOf(request), clientOf(request)), request.root)
        return reply.code(201).header('location', kanaal.url).send(kanaal)
      },
    },
  })

  const update =
    (partial: boolean): RouteHandlerMethod =>
    async (request) => {
      const by = { ...clientOf(request), partial }
      return toResponse(await kanalen.update(uuidOf(request.params), bodyOf(request), by), request.root)
    }

  resource(app, '/kanaal/:uuid', {
    GET: {
      access: READ,
      query: ['naam'],
      schema: { response: { 200: KanaalResponse } },
      handler: async ({ params, query, root }) => {
        const kanaal = await kanalen.get(uuidOf(params))
        const naam = queryValue(query, 'naam')
        if (naam !== undefined && naam !== kanaal.naam) throw new Problem('notFound')
        return toResponse(kanaal, root)
      },
    },
    PUT: { access: WRITE, schema: { response: { 200: KanaalResponse } }, handler: update(false) },
    PATCH: { access: WRITE, schema: { response: { 200: KanaalResponse } }, handler: update(true) },
  })
}

function toResponse({ id, naam, documentatieLink, filters }: Kanaal, root: string): Static<typeof KanaalResponse> {
  return { url: `${root}/api/v1/kanaal/${id}`, naam, documentatieLink, filters }
}
