import type { FastifyInstance, RouteHandlerMethod } from 'fastify'
import { Type, type Static } from 'typebox'
import type { Abonnementen } from '../../abonnementen/abonnementen.ts'
import { fromKanaalFilter } from '../../abonnementen/pseudo-filters.ts'
import type { Abonnement } from '../../common/snapshot.ts'
import { bodyOf, clientOf, resource, uuidOf } from '../resource.ts'
import { AbonnementResponse } from '../schemas.ts'

const READ = ['notificaties.consumeren', 'notificaties.publiceren'] as const
const WRITE = ['notificaties.consumeren'] as const

/** Abonnementen: everybody may read them all, only the client that made one may change it. */
export function abonnementRoutes(app: FastifyInstance, { abonnementen }: { abonnementen: Abonnementen }): void {
  resource(app, '/abonnement', {
    GET: {
      access: READ,
      query: [],
      schema: { response: { 200: Type.Array(AbonnementResponse) } },
      handler: async ({ root }) => (await abonnementen.list()).map((abonnement) => toResponse(abonnement, root)),
    },
    POST: {
      access: WRITE,
      schema: { response: { 201: AbonnementResponse } },
      handler: async (request, reply) => {
        const abonnement = toResponse(await abonnementen.create(bodyOf(request), clientOf(request)), request.root)
        return reply.code(201).header('location', abonnement.url).send(abonnement)
      },
    },
  })

  const update =
    (partial: boolean): RouteHandlerMethod =>
    async (request) => {
      const by = { ...clientOf(request), partial }
      return toResponse(await abonnementen.update(uuidOf(request.params), bodyOf(request), by), request.root)
    }

  resource(app, '/abonnement/:uuid', {
    GET: {
      access: READ,
      query: [],
      schema: { response: { 200: AbonnementResponse } },
      handler: async ({ params, root }) => toResponse(await abonnementen.get(uuidOf(params)), root),
    },
    PUT: { access: WRITE, schema: { response: { 200: AbonnementResponse } }, handler: update(false) },
    PATCH: { access: WRITE, schema: { response: { 200: AbonnementResponse } }, handler: update(true) },
    DELETE: {
      access: WRITE,
      handler: async (request, reply) => {
        await abonnementen.remove(uuidOf(request.params), clientOf(request))
        return reply.code(204).send()
      },
    },
  })
}

function toResponse(
  { id, callbackUrl, kanalen, cloudEvents }: Abonnement,
  root: string,
): Static<typeof AbonnementResponse> {
  return {
    url: `${root}/api/v1/abonnement/${id}`,
    callbackUrl,
    kanalen: kanalen.map((entry) => ({ filters: fromKanaalFilter(entry), naam: entry.naam })),
    sendCloudevents: cloudEvents.send,
    cloudeventFilters: cloudEvents.filters,
  }
}
