import type { FastifyReply, FastifyRequest } from 'fastify'
import { fastifyPlugin } from 'fastify-plugin'
import { Problem } from '../../common/problem.ts'
import { errorFacts } from '../../observability/error-facts.ts'
import { API_VERSION } from '../api-version.ts'
import { problemDocument } from '../problem-document.ts'
import { toProblem } from '../to-problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the problem that was answered, for the log. */
    problemCode: string | null
  }
}

/** Every error becomes a problem document, and nothing else does: handlers only throw. */
export const problems = fastifyPlugin(
  (app, _options: object, done) => {
    app.decorateRequest('problemCode', null)
    app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply))
    app.setNotFoundHandler((request, reply) => {
      const version = /^\/api\/v(\d+)(?:\/|$)/.exec(request.url)?.[1]
      const detail = version === undefined || version === '1' ? {} : { detail: 'Ongeldige versie in URL-pad.' }
      return sendProblem(new Problem('notFound', detail), request, reply)
    })
    done()
  },
  { name: 'problems', dependencies: ['root-url'] },
)

/** Answers with the problem document of `error`. What is our own fault is logged: a bug with its
 * stack, what the database did not do without its message. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error, request)
  const document = problemDocument(problem, { root: request.root, requestId: request.id })
  request.problemCode = document.code
  const { retryAfterSeconds, cause } = problem.details
  if (problem.kind === 'internal') request.log.error({ err: cause }, 'uncaught exception')
  if (problem.kind === 'unavailable') request.log.error(errorFacts(cause), 'refused for now')
  // Not every refusal gets as far as the API's own hooks.
  if (/^\/api\/v\d+(?:\/|$)/.test(request.url)) reply.header('api-version', API_VERSION)
  const { allow } = request.routeOptions.config
  if (allow !== undefined) reply.header('allow', allow)
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  return reply.code(document.status).type('application/problem+json').send(document)
}
