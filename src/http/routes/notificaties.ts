import type { FastifyInstance } from 'fastify'
import type { Authorizer } from '../../autorisaties/authorizer.ts'
import { orUnavailable } from '../../common/problem.ts'
import type { Publisher } from '../../notificaties/publish.ts'
import { readNotificatie, readPublication, type ReceiveOptions } from '../../notificaties/receive.ts'
import { notePublished, publishedBy } from '../publishing.ts'
import { bodyOf, resource } from '../resource.ts'
import { Notificatie as NotificatieSchema, referTo } from '../openapi/schemas.ts'

const PUBLISH = ['notificaties.publiceren'] as const
/** What happens on this kanaal changes who may do what. */
const AUTORISATIES = 'autorisaties'

export type NotificatieRoutesOptions = ReceiveOptions & { publisher: Publisher; authorizer: Authorizer }

/**
 * `POST /notificaties` takes a message in and answers with it once it is stored; `POST /callbacks` is
 * where an Autorisaties API that publishes elsewhere tells of a change.
 */
export function notificatieRoutes(app: FastifyInstance, options: NotificatieRoutesOptions): void {
  const { publisher, authorizer } = options
  const receiving = { ...options, reload: orUnavailable(options.reload) }

  resource(app, '/notificaties', {
    POST: {
      access: PUBLISH,
      idempotent: true,
      id: 'notificaties_create',
      summary: 'Een notificatie publiceren.',
      description: 'Het antwoord komt als de notificatie is opgeslagen, met een aflevering voor elk abonnement.',
      body: referTo(NotificatieSchema),
      answer: { status: 201, schema: referTo(NotificatieSchema) },
      handler: async (request, reply) => {
        const notificatie = await readPublication(bodyOf(request), receiving)
        request.kanaal = notificatie.kanaal
        const published = await publisher.publish(notificatie, publishedBy(request))
        notePublished(request, reply, published)
        if (notificatie.kanaal === AUTORISATIES) await authorizer.refresh(notificatie)
        // The generated serializer would put the optional source last; clients see it second today.
        return reply.code(201).type('application/json').serializer(JSON.stringify).send(notificatie)
      },
    },
  })

  resource(app, '/callbacks', {
    POST: {
      access: PUBLISH,
      id: 'callbacks_create',
      summary: 'Melden dat autorisaties gewijzigd zijn.',
      description: 'Voor een Autorisaties API die haar notificaties elders publiceert.',
      body: referTo(NotificatieSchema),
      answer: { status: 204 },
      handler: async (request, reply) => {
        const notificatie = readNotificatie(bodyOf(request), options)
        if (notificatie.kanaal === AUTORISATIES) await authorizer.refresh(notificatie)
        return reply.code(204).send()
      },
    },
  })
}
