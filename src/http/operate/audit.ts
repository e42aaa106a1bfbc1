import type { FastifyInstance, FastifyReply } from 'fastify'
import { Type, type Static } from 'typebox'
import { DEFAULT_PAGE } from '../../common/deliveries.ts'
import type { OperateAnswer } from './protocol.ts'
import { Limit, STRICT, Word } from './words.ts'

const AuditQuery = Type.Object(
  {
    actor: Type.Optional(Word),
    action: Type.Optional(Word),
    from: Type.Optional(Word),
    until: Type.Optional(Word),
    limit: Type.Optional(Limit),
  },
  STRICT,
)

/** Which entries, as `bode audit list` asks for them; the moments are ISO 8601 with a zone. */
export type AuditQuery = Omit<Static<typeof AuditQuery>, 'limit'> & { limit: number }

/** The audit in the operators' API, the newest entry first: GET /operate/v1/audit. */
export function auditRoute(
  app: FastifyInstance,
  audit: (query: AuditQuery) => Promise<OperateAnswer>,
  answer: (reply: FastifyReply, given: OperateAnswer) => FastifyReply,
): void {
  app.get<{ Querystring: Static<typeof AuditQuery> }>(
    '/operate/v1/audit',
    { schema: { querystring: AuditQuery } },
    async ({ query: { limit = String(DEFAULT_PAGE), ...query } }, reply) =>
      answer(reply, await audit({ ...query, limit: Number(limit) })),
  )
}
