import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply } from 'fastify'
import type { Refusal } from '../../common/refusal.ts'
import type { Secret } from '../../common/secret.ts'
import type { Logger } from '../../observability/logger.ts'
import { auditRoute, type AuditQuery } from './audit.ts'
import { deliveryRoutes, type OperateDeliveries } from './deliveries.ts'
import { OPERATE_FORMAT, OperateRequest, type OperateAnswer } from './protocol.ts'

/** What the operators' API can do; each answers for itself what goes wrong as expected. */
export type OperateHandlers = {
  plan(request: OperateRequest): Promise<OperateAnswer>
  apply(request: OperateRequest): Promise<OperateAnswer>
  status(): Promise<OperateAnswer>
  deliveries: OperateDeliveries
  audit(query: AuditQuery): Promise<OperateAnswer>
}

export type OperateAppOptions = {
  /** Whoever has it may do everything. */
  token: Secret
  handlers: OperateHandlers
  logger: Logger
  /** Told of every request without the token, for the audit (decision 29). */
  noteRefusal: (refusal: Refusal) => void
}

/** In the audit; operators get no problem documents. */
const WRONG_TOKEN = 'operate_token'
/** 10 000 objects are about 4 MB. */
const BODY_LIMIT_BYTES = 32 * 1024 * 1024
/** For a whole request to arrive; the answer may take longer. */
const REQUEST_TIMEOUT_MS = 60_000

/**
 * The operators' API, on a listener of its own: what the pipeline asks of a server whose database it
 * cannot reach. It does not listen. The token is asked before a body is read.
 *
 *   POST /operate/v1/plan, POST /operate/v1/apply, GET /operate/v1/status; for the rest see deliveryRoutes
 *   and auditRoute
 */
export function createOperateApp({ token, handlers, logger, noteRefusal }: OperateAppOptions): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = logger
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    // One error: a list of all of them would let a body of many small parts make an answer of any size.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
    frameworkErrors: (error, _request, reply) => refuse(reply, error),
  })
  const expected = digest(token.reveal())
  app.addHook('onRequest', async ({ headers }, reply) => {
    const offered = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
    if (timingSafeEqual(digest(offered), expected)) return undefined
    noteRefusal({ clientId: null, claimed: null, status: 401, code: WRONG_TOKEN })
    reply.header('www-authenticate', 'Bearer')
    return answer(reply, failure(401, 'secret', 'the token is not the one of BODE_OPERATE_TOKEN of this server'))
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    const durationMs = Math.round(reply.elapsedTime)
    request.log.info({ method, route: routeOptions.url ?? null, status: reply.statusCode, durationMs }, 'operate')
  })
  app.setErrorHandler((error, _request, reply) => refuse(reply, error))
  app.setNotFoundHandler((_request, reply) => answer(reply, failure(404, 'invalid', 'there is no such resource')))
  const schema = { body: OperateRequest }
  app.post<{ Body: OperateRequest }>('/operate/v1/plan', { schema }, async ({ body }, reply) =>
    answer(reply, await handlers.plan(body)),
  )
  app.post<{ Body: OperateRequest }>('/operate/v1/apply', { schema }, async ({ body }, reply) =>
    answer(reply, await handlers.apply(body)),
  )
  app.get('/operate/v1/status', async (_request, reply) => answer(reply, await handlers.status()))
  deliveryRoutes(app, handlers.deliveries, answer)
  auditRoute(app, (query) => handlers.audit(query), answer)
  return app
}

/** Equally long, whatever was offered. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function answer(reply: FastifyReply, { status, body }: OperateAnswer): FastifyReply {
  return reply.code(status).send({ format: OPERATE_FORMAT, ...body })
}

function failure(status: number, kind: string, message: string): OperateAnswer {
  return { status, body: { error: { kind, message }, diagnostics: [] } }
}

/** Says nothing that stood in the request: a JSON error quotes it. */
function refuse(reply: FastifyReply, error: unknown): FastifyReply {
  const { code, statusCode, validation, validationContext = 'body' } = error as Faulty
  const [fault] = validation ?? []
  if (fault !== undefined) {
    const what = `${fault.instancePath || `the ${validationContext}`} ${fault.message ?? 'is wrong'}`
    return answer(reply, failure(400, 'invalid', `the request is not understood (${what}); ${SAME_VERSION}`))
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return answer(reply, failure(413, 'invalid', `the document is larger than ${BODY_LIMIT_BYTES / 1024 / 1024} MB`))
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return answer(reply, failure(statusCode, 'invalid', `the request is not understood; ${SAME_VERSION}`))
  }
  reply.log.error({ err: error }, 'uncaught exception')
  return answer(reply, failure(500, 'internal', 'this is a bug in bode; the log of the server has the stack'))
}

type Faulty = {
  code?: unknown
  statusCode?: unknown
  validation?: { instancePath: string; message?: string }[]
  /** `body`, `querystring` or `params`. */
  validationContext?: string
}

const SAME_VERSION = 'use the same version of bode on both sides'
