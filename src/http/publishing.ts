import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Published, PublishedBy } from '../notificaties/publish.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'
import { clientOf } from './resource.ts'

/** Who publishes with this request, and under which name of its own. Throws Problem `invalid` for a bad key. */
export function publishedBy(request: FastifyRequest): PublishedBy {
  return { ...clientOf(request), idempotencyKey: idempotencyKeyOf(request.headers) }
}

/** For the log the id, for the publisher whether this was a repeat. */
export function notePublished(request: FastifyRequest, reply: FastifyReply, { id, repeated }: Published): void {
  request.notificatieId = id
  if (repeated) reply.header('idempotency-replayed', 'true')
}
