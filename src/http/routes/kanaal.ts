import type { FastifyInstance, RouteHandlerMethod } from 'fastify'
import { Type, type Static } from 'typebox'
import type { Kanalen } from '../../abonnementen/kanalen.ts'
import { Problem } from '../../common/problem.ts'
import type { Kanaal } from '../../common/snapshot.ts'
import { queryValue } from '../plugins/query.ts'
import { bodyOf, writerOf, resource, uuidOf } from '../resource.ts'
import { Kanaal as KanaalSchema, KanaalVerzoek, KanaalWijziging, referTo } from '../openapi/schemas.ts'

const READ = ['notificaties.publiceren', 'notificaties.consumeren'] as const
const WRITE = ['notificaties.publiceren'] as const
const ONE = referTo(KanaalSchema)

/** Kanalen: list, create, read; and PUT and PATCH, which Open Notificaties has beyond the standard. */
export function kanaalRoutes(app: FastifyInstance, { kanalen }: { kanalen: Kanalen }): void {
  resource(app, '/kanaal', {
    GET: {
      access: READ,
      id: 'kanaal_list',
      summary: 'Alle kanalen opvragen.',
      query: ['naam'],
      answer: { status: 200, schema: Type.Array(ONE) },
      handler: async ({ query, root }) =>
        (await kanalen.list(queryValue(query, 'naam'))).map((kanaal) => toResponse(kanaal, root)),
    },
    POST: {
      access: WRITE,
      id: 'kanaal_create',
      summary: 'Een kanaal maken.',
      body: referTo(KanaalVerzoek),
      answer: { status: 201, schema: ONE, location: true },
      handler: async (request, reply) => {
        const kanaal = toResponse(await kanalen.create(bodyOf(request), writerOf(request)), request.root)
        return reply.code(201).header('location', kanaal.url).send(kanaal)
      },
    },
  })

  const update =
    (partial: boolean): RouteHandlerMethod =>
    async (request) => {
      const by = { ...writerOf(request), partial }
      return toResponse(await kanalen.update(uuidOf(request.params), bodyOf(request), by), request.root)
    }

  resource(app, '/kanaal/:uuid', {
    GET: {
      access: READ,
      id: 'kanaal_read',
      summary: 'Een kanaal opvragen.',
      query: ['naam'],
      answer: { status: 200, schema: ONE },
      handler: async ({ params, query, root }) => {
        const kanaal = await kanalen.get(uuidOf(params))
        const naam = queryValue(query, 'naam')
        if (naam !== undefined && naam !== kanaal.naam) throw new Problem('notFound')
        return toResponse(kanaal, root)
      },
    },
    PUT: {
      access: WRITE,
      id: 'kanaal_update',
      summary: 'Een kanaal wijzigen.',
      description: 'De naam moet gelijk blijven; een link of filters die ontbreken blijven zoals ze zijn.',
      body: referTo(KanaalVerzoek),
      answer: { status: 200, schema: ONE },
      handler: update(false),
    },
    PATCH: {
      access: WRITE,
      id: 'kanaal_partial_update',
      summary: 'Een deel van een kanaal wijzigen.',
      body: referTo(KanaalWijziging),
      answer: { status: 200, schema: ONE },
      handler: update(true),
    },
  })
}

function toResponse({ id, naam, documentatieLink, filters }: Kanaal, root: string): Static<typeof KanaalSchema> {
  return { url: `${root}/api/v1/kanaal/${id}`, naam, documentatieLink, filters }
}
