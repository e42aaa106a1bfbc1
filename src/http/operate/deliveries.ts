import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { DEFAULT_PAGE, DEFAULT_REPLAY_RATE, MAX_REPLAY_RATE } from '../../common/deliveries.ts'
import { DELIVERY_STATES, type DeliveryOperations } from '../../common/deliveries.ts'
import type { OperateAnswer } from './protocol.ts'
import { Limit, STRICT, Word } from './words.ts'

/** Runs `work` with what `actor` may do, and makes an answer of what comes of it, also of an expected failure. */
export type OperateDeliveries = (
  actor: string,
  work: (operations: DeliveryOperations) => Promise<object>,
) => Promise<OperateAnswer>

/** Who asks, for the audit, percent-encoded; whoever has the token is believed. */
export const ACTOR_HEADER = 'bode-actor'
const NOBODY = 'api'

const FILTER = {
  abonnement: Type.Optional(Word),
  kanaal: Type.Optional(Word),
  notificatie: Type.Optional(Word),
  from: Type.Optional(Word),
  until: Type.Optional(Word),
  outcome: Type.Optional(Type.Union(DELIVERY_STATES.map((state) => Type.Literal(state)))),
  status: Type.Optional(Word),
}

const ListQuery = Type.Object({ ...FILTER, limit: Type.Optional(Limit), after: Type.Optional(Word) }, STRICT)
const ShowQuery = Type.Object(
  { body: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')])) },
  STRICT,
)
const NoQuery = Type.Object({}, STRICT)
const PauseBody = Type.Object({ reason: Type.Optional(Word) }, STRICT)
const ReplayBody = Type.Object(
  {
    filter: Type.Object(FILTER, STRICT),
    ratePerSecond: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_REPLAY_RATE })),
    /** Only count. */
    dryRun: Type.Optional(Type.Boolean()),
  },
  STRICT,
)
const IdParams = Type.Object({ id: Word }, STRICT)

type ListQuery = Static<typeof ListQuery>
type ReplayBody = Static<typeof ReplayBody>
type Id = { Params: { id: string } }

/**
 * The deliveries in the operators' API: what `bode deliveries` does.
 *
 *   GET  /deliveries, /deliveries/ID, /abonnementen, /replays
 *   POST /abonnementen/ID/pause, /abonnementen/ID/resume, /replays, /replays/ID/cancel
 */
export function deliveryRoutes(
  app: FastifyInstance,
  deliveries: OperateDeliveries,
  answer: (reply: FastifyReply, given: OperateAnswer) => FastifyReply,
): void {
  const respond = async (
    request: FastifyRequest,
    reply: FastifyReply,
    work: (operations: DeliveryOperations) => Promise<object>,
  ): Promise<FastifyReply> => {
    const actor = actorOf(request)
    if (actor !== undefined) return answer(reply, await deliveries(actor, work))
    const message = `the header ${ACTOR_HEADER} is a percent-encoded name of at most ${MAX_ACTOR} characters`
    return answer(reply, { status: 400, body: { error: { kind: 'invalid', message }, diagnostics: [] } })
  }

  app.get<{ Querystring: ListQuery }>(
    `${ROOT}/deliveries`,
    { schema: { querystring: ListQuery } },
    (request, reply) => {
      const { limit = String(DEFAULT_PAGE), after, ...filter } = request.query
      const page = { limit: Number(limit), after }
      return respond(request, reply, (operations) => operations.list(filter, page))
    },
  )
  app.get<Id & { Querystring: Static<typeof ShowQuery> }>(
    `${ROOT}/deliveries/:id`,
    { schema: { params: IdParams, querystring: ShowQuery } },
    (request, reply) =>
      respond(request, reply, async (operations) => ({
        delivery: await operations.show(request.params.id, { body: request.query.body === 'true' }),
      })),
  )
  app.get(`${ROOT}/abonnementen`, { schema: { querystring: NoQuery } }, (request, reply) =>
    respond(request, reply, async (operations) => ({ abonnementen: await operations.status() })),
  )
  app.post<Id & { Body: Static<typeof PauseBody> }>(
    `${ROOT}/abonnementen/:id/pause`,
    { schema: { params: IdParams, body: PauseBody } },
    (request, reply) =>
      respond(request, reply, async (operations) => ({
        abonnement: await operations.pause(request.params.id, request.body.reason ?? null),
      })),
  )
  app.post<Id>(`${ROOT}/abonnementen/:id/resume`, { schema: { params: IdParams } }, (request, reply) =>
    respond(request, reply, async (operations) => ({ abonnement: await operations.resume(request.params.id) })),
  )
  app.get(`${ROOT}/replays`, { schema: { querystring: NoQuery } }, (request, reply) =>
    respond(request, reply, async (operations) => ({ replays: await operations.replays() })),
  )
  app.post<{ Body: ReplayBody }>(`${ROOT}/replays`, { schema: { body: ReplayBody } }, (request, reply) => {
    const { filter, dryRun = false, ratePerSecond = DEFAULT_REPLAY_RATE } = request.body
    return respond(request, reply, async (operations) =>
      dryRun
        ? { count: await operations.countReplay(filter) }
        : { replay: await operations.startReplay(filter, ratePerSecond) },
    )
  })
  app.post<Id>(`${ROOT}/replays/:id/cancel`, { schema: { params: IdParams } }, (request, reply) =>
    respond(request, reply, async (operations) => ({ replay: await operations.cancelReplay(request.params.id) })),
  )
}

const ROOT = '/operate/v1'
const MAX_ACTOR = 200

/** Undefined: the header is there, and is no name. */
function actorOf({ headers }: FastifyRequest): string | undefined {
  const header = headers[ACTOR_HEADER]
  if (header === undefined) return NOBODY
  try {
    const name = decodeURIComponent(String(header))
    return name !== '' && name.length <= MAX_ACTOR && !/[\p{Cc}\p{Cf}]/u.test(name) ? name : undefined
  } catch {
    return undefined
  }
}
