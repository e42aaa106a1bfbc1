import { fastifyPlugin } from 'fastify-plugin'
import { NO_TRACER, type Tracer, type TraceSpan } from '../../observability/tracer.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a message that comes in; null: of nothing that is traced. */
    span: TraceSpan | null
    /** On which the message was published, once that is known to exist. */
    kanaal: string | null
  }
}

/** Where messages come in. */
const TRACED = new Set(['/api/v1/notificaties', '/api/v1/cloudevents'])

/** A span for each message that is posted, from its headers to the end of the answer. */
export const tracing = fastifyPlugin(
  (app, { tracer = NO_TRACER }: { tracer?: Tracer }, done) => {
    app.decorateRequest('span', null)
    app.decorateRequest('kanaal', null)
    app.addHook('onRequest', async (request) => {
      const { method, headers, routeOptions } = request
      const route = routeOptions.url ?? ''
      if (method !== 'POST' || !TRACED.has(route)) return
      // Two of them arrive as one that does not parse: then a trace begins here, as the standard wants.
      const { traceparent } = headers
      request.span = tracer.publishing({ traceparent: traceparent?.toString(), method, route })
    })
    app.addHook('onResponse', async ({ span, kanaal, notificatieId }, { statusCode }) => {
      span?.end({
        failed: statusCode >= 500,
        attributes: {
          'http.response.status_code': statusCode,
          'bode.kanaal': kanaal ?? undefined,
          'bode.notificatie.id': notificatieId ?? undefined,
        },
      })
    })
    done()
  },
  { name: 'tracing', dependencies: ['request-log'] },
)
