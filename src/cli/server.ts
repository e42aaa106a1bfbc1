import { setTimeout as sleep } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import { createCatalogWriter } from '../abonnementen/catalog-writer.ts'
import { createAbonnementen } from '../abonnementen/abonnementen.ts'
import { createKanalen } from '../abonnementen/kanalen.ts'
import { createAuthorizer } from '../autorisaties/authorizer.ts'
import type { Clock, Random } from '../common/clock.ts'
import type { Environment } from '../common/environment.ts'
import { Failure, messageOf } from '../common/failure.ts'
import { version } from '../common/package-root.ts'
import type { Refusal } from '../common/refusal.ts'
import type { Snapshot } from '../common/snapshot.ts'
import { holdDatabaseLock, type HeldLock } from '../db/database-lock.ts'
import { createDeliveryStore } from '../db/delivery-store.ts'
import { migrate } from '../db/migrate.ts'
import { demandMigrated } from '../db/migration-status.ts'
import { openDatabase, type Database } from '../db/open.ts'
import { lastSeenServer } from '../db/server-row.ts'
import { createDeliveryEngine } from '../delivery/engine.ts'
import { databaseWakeUps, tellOfWork } from '../delivery/wake-ups.ts'
import { createEgress } from '../egress/egress.ts'
import { readProxies } from '../egress/proxies.ts'
import { createApp } from '../http/app.ts'
import { createOperateApp, type OperateAppOptions } from '../http/operate/app.ts'
import { sentBody } from '../notificaties/sent-body.ts'
import { createPublisher } from '../notificaties/publish.ts'
import { auditLog } from '../observability/audit-log.ts'
import type { Logger } from '../observability/logger.ts'
import { startRuntime } from '../runtime/runtime.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { startHousekeeping } from './housekeeping.ts'
import { listen } from './listen.ts'
import type { ListenOptions } from './listen-options.ts'
import { startObserving, type ObservingOptions } from './observing.ts'
import { createOperateHandlers, type HandlerOptions } from './operate/handlers.ts'
import type { OperateOptions } from './operate/options.ts'
import { auditRefusedAccess } from './refused-access-audit.ts'

export type ServerOptions = ListenOptions & {
  databaseUrl: string
  masterKey: MasterKey
  /** Migrate first; else an unmigrated database is refused. */
  migrate: boolean
  clock: Clock
  random: Random
  logger: Logger
  process: { host: string; pid: number }
  /** Where references are looked up when mounted secret files are read again. */
  environment: Environment
  cwd: string
  /** How often that happens by itself. */
  refreshSecretsMs?: number
  /** How long the database may say nothing before its connection is given up. */
  answerWithinMs?: number
  /** Runs when nobody else can serve this database any more and before anything is served; what it throws stops the start. */
  prepare?: (database: Database) => Promise<void>
  /** The operators' API; without it there is none. */
  operate?: OperateOptions | undefined
  /** Where the metrics can be read; without it nothing is measured. */
  metrics?: ListenOptions | undefined
  /** Where traces go; without it there are none. */
  tracing?: ObservingOptions['tracing']
}

export type RunningServer = {
  /** Where it listens: `http://127.0.0.1:8080`. */
  url: string
  /** Where the operators' API listens, when it does. */
  operateUrl: string | undefined
  /** Where the metrics can be read, when they can. */
  metricsUrl: string | undefined
  /** Reads mounted secret files again; never throws. */
  refreshSecrets(): Promise<void>
  /** Stops without losing or repeating anything that ends within the grace. */
  stop(): Promise<void>
}

/** What was opened, and how to close it, oldest first. */
type Closing = (() => Promise<void>)[]

/** How long attempts that are under way may take to end. */
const GRACE_MS = 25_000
/** How long a plan or apply that is under way may take to end. */
const OPERATE_GRACE_MS = 5_000
/** No statement of a server takes seconds; below what others wait before they take its work. */
const ANSWER_WITHIN_MS = 20_000

/**
 * Puts a server together and lets it listen. Throws Failure: `unreachable` (database, port), `secret`
 * (a wrong master key), `locked` (another server has this SQLite file).
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { databaseUrl, logger } = options
  if (options.migrate) await migrate(databaseUrl)
  const database = await openDatabase(databaseUrl, { answerWithinMs: options.answerWithinMs ?? ANSWER_WITHIN_MS })
  const closing: Closing = [() => database.close()]
  try {
    await demandMigrated(database)
    const lock = await holdEngine(database, databaseUrl)
    closing.push(() => lock.release())
    await options.prepare?.(database)
    return await assemble(options, database, closing)
  } catch (error) {
    await closeAll(closing, logger)
    throw error
  }
}

/** Builds the parts, each handed what it needs, and opens the door last. What was opened goes on `closing`. */
async function assemble(options: ServerOptions, database: Database, closing: Closing): Promise<RunningServer> {
  const { random, logger, masterKey } = options
  const server = { id: uuidv7(), version, ...options.process }
  const runtime = await startRuntime({ database, masterKey, clock: options.clock, logger, server })
  closing.push(() => runtime.stop())
  const { clock, reload } = runtime
  const snapshot = (): Snapshot => runtime.snapshot()
  const observing = await startObserving({ ...options, database, version })
  closing.push(() => observing.close())
  const { observer, tracer } = observing
  const onAudited = auditLog(logger)
  const shared = { database, snapshot, reload, clock, logger, observer, tracer, onAudited }

  const egress = createEgress({
    policy: () => snapshot().settings.egress,
    ca: () => snapshot().egressCa,
    proxies: readProxies(options.environment),
  })
  closing.push(() => egress.close())
  const store = createDeliveryStore(database)
  const wakeUps = databaseWakeUps({ database, serverId: server.id, logger })
  const engine = createDeliveryEngine({ ...shared, store, wakeUps, egress, random, serverId: server.id, sentBody })
  const { noteWrite: onWrite } = runtime
  const publisher = createPublisher({ ...shared, onWrite, onCommitted: (ids) => engine.nudge(ids) })
  const write = createCatalogWriter(shared)
  const refused = auditRefusedAccess(shared)
  closing.push(() => refused.stop())
  const noteRefusal = (refusal: Refusal): void => refused.note(refusal)
  let stopping = false
  const ready = (): boolean => !stopping && runtime.healthy() && snapshot().generation > 0
  const app = await createApp({
    ...shared,
    authorizer: createAuthorizer({ ...shared, egress }),
    publisher,
    kanalen: createKanalen({ ...shared, write }),
    abonnementen: createAbonnementen({ ...shared, write, provider: database.provider, egress, masterKey }),
    noteUse: (use) => runtime.noteUse(use),
    noteRefusal,
    version,
    ready,
  })
  // Closed in the opposite order: stop accepting, flush what was accepted, let attempts end.
  await engine.start()
  closing.push(() => engine.stop(GRACE_MS))
  closing.push(() => publisher.idle())
  closing.push(() => app.close())
  const housekeeping = startHousekeeping({
    ...options,
    ...shared,
    egress,
    actor: `bode serve on ${server.host}`,
    onReplayed: (ids) => engine.nudge(ids),
  })
  closing.push(() => housekeeping.stop())
  const { operate } = options
  const onResumed = (ids: string[]): void => {
    engine.nudge(ids)
    void tellOfWork(database, ids)
  }
  const operateUrl = operate && (await openOperate(operate, { ...options, ...shared, onResumed, noteRefusal }, closing))
  const metricsUrl = await observing.open({
    snapshot,
    ready,
    now: () => clock.now(),
    refused: () => runtime.refused(),
    queue: () => publisher.queue(),
    inFlight: () => engine.inFlight(),
    deliveries: () => engine.counters(),
  })
  const url = await listen(app, options)
  return {
    url,
    operateUrl,
    metricsUrl,
    refreshSecrets: () => housekeeping.refreshSecrets(),
    stop: async () => {
      stopping = true
      await closeAll(closing, logger)
    },
  }
}

/** One process owns the deliveries of a SQLite file; PostgreSQL takes as many as there are. */
async function holdEngine(database: Database, url: string): Promise<HeldLock> {
  if (database.provider === 'postgresql') return { release: async () => {} }
  try {
    return await holdDatabaseLock(url, 'engine', { waitMs: 1_000 })
  } catch (error) {
    const other = (await lastSeenServer(database)) ?? 'another process'
    throw new Failure('locked', `${database.target.shown} is already served by ${other}`, { cause: error })
  }
}

/** Opens the operators' API. It is there before the first configuration is: that is what it is for. */
async function openOperate(
  operate: OperateOptions,
  world: Omit<HandlerOptions, 'secretsDirs'> & Pick<OperateAppOptions, 'noteRefusal'>,
  closing: Closing,
): Promise<string> {
  const handlers = createOperateHandlers({ ...world, secretsDirs: operate.secretsDirs })
  const app = createOperateApp({ ...world, token: operate.token, handlers })
  // An apply that waits for servers may wait longer than this process may; what it committed stays.
  closing.push(() => Promise.race([app.close(), sleep(OPERATE_GRACE_MS, undefined, { ref: false })]))
  return listen(app, operate)
}

/** Closes what was opened, last opened first. One that fails does not keep the others open. */
async function closeAll(closing: Closing, logger: Logger): Promise<void> {
  for (const close of closing.toReversed()) {
    await close().catch((error: unknown) => logger.error({ reason: messageOf(error) }, 'closing failed'))
  }
}
