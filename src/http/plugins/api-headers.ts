import { fastifyPlugin } from 'fastify-plugin'
import { Problem } from '../../common/problem.ts'
import { API_VERSION } from '../api-version.ts'
import { acceptsJson } from '../accept-header.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The methods of the resource, as the Allow header lists them. */
    allow?: string
    /** False: the route has one form, whatever the Accept header asks for. */
    negotiates?: boolean
  }
}

/** What every answer of the API carries, and the 406 for who cannot take JSON. */
export const apiHeaders = fastifyPlugin(
  (app, _options: object, done) => {
    app.addHook('onRequest', async (request, reply) => {
      reply.header('api-version', API_VERSION)
      const { allow, negotiates, answer } = request.routeOptions.config
      if (allow !== undefined) reply.header('allow', allow)
      if (negotiates !== false && !acceptsJson(request.headers.accept, answer?.mediaType))
        throw new Problem('notAcceptable')
    })
    done()
  },
  { name: 'api-headers' },
)
