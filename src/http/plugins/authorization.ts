import { fastifyPlugin } from 'fastify-plugin'
import { authorize } from '../../autorisaties/authorize.ts'
import type { Authorizer } from '../../autorisaties/authorizer.ts'
import type { Scope } from '../../common/model.ts'
import { Problem } from '../../common/problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route: everybody, or clients with one of these scopes. */
    access?: 'open' | readonly Scope[]
  }
}

/**
 * Who may do what, decided before a body is read. Every route says it in `config.access`; one that does
 * not stops the application from being built, so that none is open by mistake.
 */
export const authorization = fastifyPlugin(
  (app, { authorizer }: { authorizer: Authorizer }, done) => {
    app.addHook('onRoute', ({ config, method, url }) => {
      if (config?.access === undefined)
        throw new Error(`the route ${String(method)} ${url} does not say who may use it`)
    })
    app.addHook('onRequest', async (request) => {
      const { access } = request.routeOptions.config
      if (access === undefined || access === 'open') return
      const clientId = app.authenticate(request.headers.authorization)
      request.clientId = clientId
      const refusal = authorize(access, await authorizer.scopesOf(clientId))
      if (refusal !== undefined) throw new Problem('denied', refusal)
    })
    done()
  },
  { name: 'authorization', dependencies: ['authentication', 'problems'] },
)
