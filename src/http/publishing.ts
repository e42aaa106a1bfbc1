import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Published, PublishedBy } from '../notificaties/publish.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'
import { clientOf } from './resource.ts'

/**
 * Who publishes with this request, under which name of its own, and in which trace. Throws Problem `invalid` for a
 * bad key.
 */
export function publishedBy(request: FastifyRequest): PublishedBy {
  const idempotencyKey = idempotencyKeyOf(request.headers)
  return { ...clientOf(request), idempotencyKey, traceparent: request.span?.traceparent ?? null }
}

/** For the log the id, for the publisher whether this was a repeat. */
export function notePublished(request: FastifyRequest, reply: FastifyReply, { id, repeated }: Published): void {
  request.notificatieId = id
  if (repeated) reply.header('idempotency-replayed', 'true')
}
