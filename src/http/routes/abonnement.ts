import type { FastifyInstance, RouteHandlerMethod } from 'fastify'
import { Type, type Static } from 'typebox'
import type { Abonnementen } from '../../abonnementen/abonnementen.ts'
import { fromKanaalFilter } from '../../abonnementen/pseudo-filters.ts'
import type { Abonnement } from '../../common/snapshot.ts'
import { bodyOf, writerOf, resource, uuidOf } from '../resource.ts'
import { Abonnement as AbonnementSchema, AbonnementVerzoek, AbonnementWijziging, referTo } from '../openapi/schemas.ts'

const READ = ['notificaties.consumeren', 'notificaties.publiceren'] as const
const WRITE = ['notificaties.consumeren'] as const
const ONE = referTo(AbonnementSchema)
const PROBE =
  'Eerst wordt de callbackUrl geprobeerd: zonder `Authorization` moet die 401 of 403 geven, daarmee 200 tot 209.'

/** Abonnementen: everybody may read them all, only the client that made one may change it. */
export function abonnementRoutes(app: FastifyInstance, { abonnementen }: { abonnementen: Abonnementen }): void {
  resource(app, '/abonnement', {
    GET: {
      access: READ,
      id: 'abonnement_list',
      summary: 'Alle abonnementen opvragen.',
      query: [],
      answer: { status: 200, schema: Type.Array(ONE) },
      handler: async ({ root }) => (await abonnementen.list()).map((abonnement) => toResponse(abonnement, root)),
    },
    POST: {
      access: WRITE,
      id: 'abonnement_create',
      summary: 'Een abonnement nemen.',
      description: PROBE,
      body: referTo(AbonnementVerzoek),
      answer: { status: 201, schema: ONE, location: true },
      handler: async (request, reply) => {
        const abonnement = toResponse(await abonnementen.create(bodyOf(request), writerOf(request)), request.root)
        return reply.code(201).header('location', abonnement.url).send(abonnement)
      },
    },
  })

  const update =
    (partial: boolean): RouteHandlerMethod =>
    async (request) => {
      const by = { ...writerOf(request), partial }
      return toResponse(await abonnementen.update(uuidOf(request.params), bodyOf(request), by), request.root)
    }

  resource(app, '/abonnement/:uuid', {
    GET: {
      access: READ,
      id: 'abonnement_read',
      summary: 'Een abonnement opvragen.',
      query: [],
      answer: { status: 200, schema: ONE },
      handler: async ({ params, root }) => toResponse(await abonnementen.get(uuidOf(params)), root),
    },
    PUT: {
      access: WRITE,
      id: 'abonnement_update',
      summary: 'Een abonnement vervangen.',
      description: `Alleen voor de client die het maakte. Kanalen die ontbreken zijn er daarna niet meer. ${PROBE}`,
      body: referTo(AbonnementVerzoek),
      answer: { status: 200, schema: ONE },
      handler: update(false),
    },
    PATCH: {
      access: WRITE,
      id: 'abonnement_partial_update',
      summary: 'Een deel van een abonnement wijzigen.',
      description: `Alleen voor de client die het maakte. Wat ontbreekt blijft zoals het is. ${PROBE}`,
      body: referTo(AbonnementWijziging),
      answer: { status: 200, schema: ONE },
      handler: update(true),
    },
    DELETE: {
      access: WRITE,
      id: 'abonnement_delete',
      summary: 'Een abonnement opzeggen.',
      description: 'Alleen voor de client die het maakte. Wat nog onderweg was, vervalt.',
      answer: { status: 204 },
      handler: async (request, reply) => {
        await abonnementen.remove(uuidOf(request.params), writerOf(request))
        return reply.code(204).send()
      },
    },
  })
}

function toResponse(
  { id, callbackUrl, kanalen, cloudEvents }: Abonnement,
  root: string,
): Static<typeof AbonnementSchema> {
  return {
    url: `${root}/api/v1/abonnement/${id}`,
    callbackUrl,
    kanalen: kanalen.map((entry) => ({ filters: fromKanaalFilter(entry), naam: entry.naam })),
    sendCloudevents: cloudEvents.send,
    cloudeventFilters: cloudEvents.filters,
  }
}
