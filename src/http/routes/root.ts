import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { resource } from '../resource.ts'

/** `GET /api/v1/`: where the resources are. Open. */
export function rootRoutes(app: FastifyInstance): void {
  resource(app, '/', {
    GET: {
      access: 'open',
      id: 'root_read',
      summary: 'Waar de resources staan.',
      answer: { status: 200, schema: Type.Record(Type.String(), Type.String()) },
      handler: async ({ root }) => ({
        abonnement: `${root}/api/v1/abonnement`,
        kanaal: `${root}/api/v1/kanaal`,
        cloudevents: `${root}/api/v1/cloudevents`,
      }),
    },
  })
}
