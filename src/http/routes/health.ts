import type { FastifyInstance } from 'fastify'
import type { Snapshot } from '../../common/snapshot.ts'

export type HealthOptions = { snapshot: () => Snapshot; ready: () => boolean; version: string }

/** For whoever watches the process. Alive is not ready: without a configuration nobody can call. */
export function healthRoutes(app: FastifyInstance, { snapshot, ready, version }: HealthOptions): void {
  app.get('/healthz', async () => ({ status: 'ok', version }))
  app.get('/readyz', async (_request, reply) => {
    const { generation } = snapshot()
    if (ready() && generation > 0) return { status: 'ready', generation }
    return reply.code(503).send({ status: generation > 0 ? 'not ready' : 'no configuration was applied yet' })
  })
}
