import { fastifySwagger } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { fastifyPlugin } from 'fastify-plugin'
import { API_VERSION } from '../api-version.ts'
import { describeOperation } from './describe-operation.ts'
import { COMPONENTS } from './schemas.ts'

/** What our own pages and tests read of an OpenAPI document. */
export type OpenApiDocument = {
  info: { title: string; version: string; description?: string }
  tags?: { name: string; description?: string }[]
  paths: Record<string, Record<string, OpenApiOperation>>
  components: { schemas: Record<string, object> }
}
export type OpenApiOperation = {
  operationId: string
  summary?: string
  description?: string
  tags?: string[]
  parameters?: { name: string; in: string; required?: boolean; description?: string }[]
  requestBody?: { content: Record<string, { schema: object }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}

/**
 * The OpenAPI document, made from the routes that are registered after it: OpenAPI 3.0.3, as the
 * documents of the standard and of Open Notificaties. Also the names under which routes refer to schemas.
 */
export const openApi = fastifyPlugin(
  async (app) => {
    await app.register(fastifySwagger, {
      openapi: {
        openapi: '3.0.3',
        info: {
          title: 'Notificaties API',
          version: API_VERSION,
          description:
            'Publiceer notificaties op kanalen en abonneer je erop. Volgt de Notificaties API van de ZGW-standaard ' +
            'en wat Open Notificaties daaraan toevoegt.',
          license: { name: 'EUPL-1.2', url: 'https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12' },
        },
        servers: [{ url: '/api/v1' }],
        tags: [
          { name: 'kanaal', description: 'Onderwerpen waarop gepubliceerd wordt.' },
          { name: 'abonnement', description: 'Wie welke notificaties ontvangt, en waar.' },
          { name: 'notificaties', description: 'Publiceren.' },
          { name: 'cloudevents', description: 'CloudEvents publiceren.' },
          { name: 'callbacks', description: 'Wat deze API zelf wil weten.' },
          { name: 'api', description: 'Deze API.' },
        ],
        components: {
          securitySchemes: {
            'JWT-Claims': {
              type: 'http',
              scheme: 'bearer',
              bearerFormat: 'JWT',
              description: 'Een JWT (HS256) met `client_id` en `iat`, ondertekend met het secret van de client.',
            },
          },
        },
      },
      transform: describeOperation,
      refResolver: {
        buildLocalReference: ({ $id }, _base, _fragment, index) => ($id as string | undefined) ?? `def-${index}`,
      },
    })
    for (const schema of COMPONENTS) app.addSchema(schema)
  },
  { name: 'open-api' },
)

/** The document of an application that is ready. */
export function openApiDocument(app: FastifyInstance): OpenApiDocument {
  // Ours has no references where the general type allows them.
  return app.swagger() as unknown as OpenApiDocument
}
