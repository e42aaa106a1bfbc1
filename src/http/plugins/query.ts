import { fastifyPlugin } from 'fastify-plugin'
import { foldKey } from '../../common/key-folding.ts'
import { invalid } from '../../common/problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The query parameters that the route knows; absent: it does not look at them. */
    query?: readonly string[]
  }
}

/** An unknown query parameter on a list or object is 400 (behaviour reference §2.5). */
export const queryParameters = fastifyPlugin(
  (app, _options: object, done) => {
    app.addHook('preHandler', async (request) => {
      const known = request.routeOptions.config.query
      if (known === undefined) return
      const unknown = Object.keys(request.query as object).filter((name) => !known.includes(foldKey(name)))
      if (unknown.length === 0) return
      const reason = `Onbekende query parameters: ${unknown.join(', ')}`
      throw invalid({ name: 'nonFieldErrors', code: 'unknown-parameters', reason })
    })
    done()
  },
  { name: 'query-parameters' },
)

/** The value of a parameter; of a repeated one the last; undefined when empty or absent. */
export function queryValue(query: unknown, name: string): string | undefined {
  const entries = Object.entries(query as Record<string, string | string[]>)
  const found = entries.findLast(([key]) => foldKey(key) === name)?.[1]
  return (Array.isArray(found) ? found.at(-1) : found) || undefined
}
