import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { errorFacts } from '../observability/error-facts.ts'
import type { Logger } from '../observability/logger.ts'
import type { Exposition } from '../observability/metrics.ts'

export type MetricsAppOptions = { exposition: () => Promise<Exposition>; logger: Logger }

const BODY_LIMIT_BYTES = 1_024
const REQUEST_TIMEOUT_MS = 10_000

/**
 * `GET /metrics` on a listener of its own, so that it can stay inside: it asks nobody who they are. It does not
 * listen. A scrape is not logged: it comes every few seconds.
 */
export function createMetricsApp({ exposition, logger }: MetricsAppOptions): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = logger
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
  })
  app.setErrorHandler((error, request, reply) => {
    request.log.error(errorFacts(error), 'the metrics cannot be told')
    return reply.code(500).type('text/plain').send('internal error\n')
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).type('text/plain').send('there is only /metrics\n'))
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await exposition()
    return reply.header('content-type', contentType).send(text)
  })
  return app
}
