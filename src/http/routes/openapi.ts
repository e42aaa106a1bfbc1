import type { FastifyInstance } from 'fastify'
import { stringify } from 'yaml'
import { openApiDocument } from '../openapi/document.ts'
import { apiPage } from '../pages/api-page.ts'
import { sendPage } from '../pages/send-page.ts'
import { document } from '../resource.ts'

const DOCUMENTS = {
  '/openapi.json': {
    type: 'application/vnd.oai.openapi+json',
    write: (app: FastifyInstance) => JSON.stringify(openApiDocument(app), null, 2),
  },
  '/openapi.yaml': {
    type: 'application/vnd.oai.openapi; charset=utf-8',
    write: (app: FastifyInstance) => stringify(openApiDocument(app)),
  },
}

/**
 * The OpenAPI document, open to everybody and to scripts of every origin; the page that shows it; and the addresses
 * that it had before (behaviour reference §1.2).
 */
export function openApiRoutes(app: FastifyInstance): void {
  for (const [url, { type, write }] of Object.entries(DOCUMENTS)) {
    // Bytes, because Fastify adds a charset to the type of a text.
    let bytes: Buffer | undefined
    document(app, url, (_request, reply) => {
      bytes ??= Buffer.from(write(app))
      return reply.type(type).header('access-control-allow-origin', '*').header('vary', 'Accept').send(bytes)
    })
  }
  document(app, '/schema/', ({ root }, reply) => sendPage(reply, apiPage(root, openApiDocument(app))))
  document(app, '/schema/openapi.json', ({ root }, reply) => reply.redirect(`${root}/api/v1/openapi.json`, 302))
  document(app, '/schema/openapi.yaml', ({ root, query }, reply) => {
    const format = (query as { format?: unknown }).format === 'json' ? 'json' : 'yaml'
    return reply.redirect(`${root}/api/v1/openapi.${format}`, 302)
  })
}
