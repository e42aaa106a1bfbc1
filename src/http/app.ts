import { randomUUID } from 'node:crypto'
import { METHODS } from 'node:http'
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import type { Abonnementen } from '../abonnementen/abonnementen.ts'
import type { Kanalen } from '../abonnementen/kanalen.ts'
import type { Authorizer } from '../autorisaties/authorizer.ts'
import type { Clock } from '../common/clock.ts'
import type { Refusal } from '../common/refusal.ts'
import type { SecretUse, Snapshot } from '../common/snapshot.ts'
import type { Publisher } from '../notificaties/publish.ts'
import type { Logger } from '../observability/logger.ts'
import type { Observer } from '../observability/observer.ts'
import type { Tracer } from '../observability/tracer.ts'
import { openApi } from './openapi/document.ts'
import { apiHeaders } from './plugins/api-headers.ts'
import { authentication } from './plugins/authentication.ts'
import { authorization } from './plugins/authorization.ts'
import { jsonBody } from './plugins/json-body.ts'
import { problems, sendProblem } from './plugins/problems.ts'
import { queryParameters } from './plugins/query.ts'
import { refusedAccess } from './plugins/refused-access.ts'
import { requestLog } from './plugins/request-log.ts'
import { securityHeaders } from './plugins/security-headers.ts'
import { tracing } from './plugins/tracing.ts'
import { rootUrl } from './plugins/root-url.ts'
import { refuseUnreadable } from './unreadable-request.ts'
import { abonnementRoutes } from './routes/abonnement.ts'
import { cloudeventRoutes } from './routes/cloudevents.ts'
import { healthRoutes } from './routes/health.ts'
import { kanaalRoutes } from './routes/kanaal.ts'
import { notificatieRoutes } from './routes/notificaties.ts'
import { openApiRoutes } from './routes/openapi.ts'
import { pageRoutes } from './routes/pages.ts'
import { rootRoutes } from './routes/root.ts'
import { trustedProxy } from './trusted-proxy.ts'

export type AppOptions = {
  snapshot: () => Snapshot
  reload: () => Promise<Snapshot>
  authorizer: Authorizer
  publisher: Publisher
  kanalen: Kanalen
  abonnementen: Abonnementen
  clock: Clock
  /** Told which secret a caller proved to know. */
  noteUse: (use: SecretUse) => void
  /** Told of every request that was answered with 401 or 403; without it nobody is. */
  noteRefusal?: (refusal: Refusal) => void
  logger: Logger
  observer?: Observer
  tracer?: Tracer
  version: string
  /** False while the server cannot take work: starting, stopping, database gone. */
  ready: () => boolean
}

const BODY_LIMIT_BYTES = 1024 * 1024
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])
/** Of all headers together; a token is at most half of it. */
const MAX_HEADER_BYTES = 16 * 1024
/** For a whole request to arrive. */
const REQUEST_TIMEOUT_MS = 30_000

/**
 * Builds the application; it does not listen. It follows the running snapshot in everything.
 *
 *   app         root url, problem documents, JSON bodies, who is calling, one log line
 *    ├ health   /healthz, /readyz
 *    └ /api/v1  version header and 406 ─► may this client do this ─► query parameters ─► route
 */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { snapshot, clock, noteUse, noteRefusal } = options
  const loggerInstance: FastifyBaseLogger = options.logger
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { ignoreTrailingSlash: true },
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: trustedProxy(snapshot),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    frameworkErrors: sendProblem,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    clientErrorHandler: refuseUnreadable,
  })
  // All others too, so that a resource refuses them with 405; what a body of those says is not read.
  for (const method of METHODS.filter((each) => !WITH_BODY.has(each))) {
    app.addHttpMethod(method, { overrideExisting: true })
  }
  await app.register(rootUrl, { snapshot })
  await app.register(securityHeaders)
  await app.register(problems)
  await app.register(jsonBody)
  await app.register(authentication, { snapshot, clock, noteUse, dummySecret: randomUUID() })
  await app.register(requestLog, options)
  if (noteRefusal !== undefined) await app.register(refusedAccess, { snapshot, noteRefusal })
  await app.register(tracing, options)
  await app.register(openApi)
  healthRoutes(app, options)
  pageRoutes(app)
  await app.register(api, { ...options, prefix: '/api/v1' })
  return app
}

async function api(app: FastifyInstance, options: AppOptions): Promise<void> {
  // Schemas of requests describe; common/field-rules.ts reads, with the codes and reasons that clients know.
  app.setValidatorCompiler(() => () => true)
  await app.register(apiHeaders)
  await app.register(authorization, options)
  await app.register(queryParameters)
  rootRoutes(app)
  openApiRoutes(app)
  kanaalRoutes(app, options)
  abonnementRoutes(app, options)
  notificatieRoutes(app, options)
  await app.register(cloudeventRoutes, { publisher: options.publisher })
}
