import type { FastifyInstance } from 'fastify'
import { resource } from '../resource.ts'

/** `GET /api/v1/`: where the resources are. Open. */
export function rootRoutes(app: FastifyInstance): void {
  resource(app, '/', {
    GET: {
      access: 'open',
      handler: async ({ root }) => ({
        abonnement: `${root}/api/v1/abonnement`,
        kanaal: `${root}/api/v1/kanaal`,
        cloudevents: `${root}/api/v1/cloudevents`,
      }),
    },
  })
}
