import type { FastifyInstance } from 'fastify'
import { Problem } from '../../common/problem.ts'
import { scopesPage, startPage } from '../pages/about-pages.ts'
import { problemPage, problemsPage } from '../pages/problem-pages.ts'
import { sendPage } from '../pages/send-page.ts'
import { document } from '../resource.ts'

/** Pages for people: where the API is, and what stands behind `type` in every error. Open. */
export function pageRoutes(app: FastifyInstance): void {
  document(app, '/', ({ root }, reply) => sendPage(reply, startPage(root)))
  document(app, '/ref/scopes/', ({ root }, reply) => sendPage(reply, scopesPage(root)))
  document(app, '/ref/fouten/', ({ root }, reply) => sendPage(reply, problemsPage(root)))
  document(app, '/ref/fouten/:name/', ({ root, params }, reply) => {
    const text = problemPage(root, (params as { name: string }).name)
    if (text === undefined) throw new Problem('notFound')
    return sendPage(reply, text)
  })
}
