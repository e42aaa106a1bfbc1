import { fastifyPlugin } from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest {
    /** The id of the notificatie that this request brought in, for the log. */
    notificatieId: string | null
  }
}

/**
 * One line per request, at the end. The route is the pattern and not the URL, and nothing of a body or
 * header is in it: what is personal stays out of the log, the ids find it (README lists the fields).
 */
export const requestLog = fastifyPlugin(
  (app, _options: object, done) => {
    app.decorateRequest('notificatieId', null)
    app.addHook('onResponse', async (request, reply) => {
      request.log.info(
        {
          method: request.method,
          route: request.routeOptions.url ?? null,
          status: reply.statusCode,
          durationMs: Math.round(reply.elapsedTime * 10) / 10,
          ...(request.clientId === null ? {} : { clientId: request.clientId }),
          ...(request.notificatieId === null ? {} : { notificatieId: request.notificatieId }),
          ...(request.problemCode === null ? {} : { code: request.problemCode }),
        },
        'request',
      )
    })
    done()
  },
  { name: 'request-log', dependencies: ['authentication', 'problems'] },
)
