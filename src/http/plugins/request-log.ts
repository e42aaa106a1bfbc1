import { fastifyPlugin } from 'fastify-plugin'
import { NO_OBSERVER, type Observer } from '../../observability/observer.ts'

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
  (app, { observer = NO_OBSERVER }: { observer?: Observer }, done) => {
    app.decorateRequest('notificatieId', null)
    app.addHook('onResponse', async (request, reply) => {
      const { method } = request
      const route = request.routeOptions.url ?? null
      const status = reply.statusCode
      observer.requested({ method, route, status, durationMs: reply.elapsedTime })
      request.log.info(
        {
          method,
          route,
          status,
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
