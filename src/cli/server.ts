import { v7 as uuidv7 } from 'uuid'
import type { AddressInfo } from 'node:net'
import { createAbonnementen } from '../abonnementen/abonnementen.ts'
import { createKanalen } from '../abonnementen/kanalen.ts'
import { createAuthorizer } from '../autorisaties/authorizer.ts'
import type { Clock, Random } from '../common/clock.ts'
import { Failure, messageOf } from '../common/failure.ts'
import { version } from '../common/package-root.ts'
import { holdDatabaseLock, type HeldLock } from '../db/database-lock.ts'
import { migrate } from '../db/migrate.ts'
import { demandMigrated } from '../db/migration-status.ts'
import { openDatabase, type Database } from '../db/open.ts'
import { lastSeenServer } from '../db/server-row.ts'
import { createDeliveryEngine } from '../delivery/engine.ts'
import { createEgress } from '../egress/egress.ts'
import { createApp } from '../http/app.ts'
import { sentBody } from '../notificaties/sent-body.ts'
import { createPublisher } from '../notificaties/publish.ts'
import type { Logger } from '../observability/logger.ts'
import { startRuntime } from '../runtime/runtime.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import type { ListenOptions } from './listen-options.ts'

export type ServerOptions = ListenOptions & {
  databaseUrl: string
  masterKey: MasterKey
  /** Migrate first; else an unmigrated database is refused. */
  migrate: boolean
  clock: Clock
  random: Random
  logger: Logger
  process: { host: string; pid: number }
}

export type RunningServer = {
  /** Where it listens: `http://127.0.0.1:8080`. */
  url: string
  /** Stops without losing or repeating anything that ends within the grace. */
  stop(): Promise<void>
}

/** How long attempts that are under way may take to end. */
const GRACE_MS = 25_000

/**
 * Puts a server together and lets it listen. Throws Failure: `unreachable` (database, port), `secret`
 * (a wrong master key), `locked` (another server has this SQLite file).
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { databaseUrl, logger } = options
  if (options.migrate) await migrate(databaseUrl)
  const database = await openDatabase(databaseUrl)
  const closing: (() => Promise<void>)[] = [() => database.close()]
  try {
    await demandMigrated(database)
    const lock = await holdEngine(database, databaseUrl)
    closing.push(() => lock.release())
    return await assemble(options, database, closing)
  } catch (error) {
    await closeAll(closing, logger)
    throw error
  }
}

async function assemble(
  options: ServerOptions,
  database: Database,
  closing: (() => Promise<void>)[],
): Promise<RunningServer> {
  const { clock: machineClock, random, logger, masterKey } = options
  const server = { id: uuidv7(), version, ...options.process }
  const runtime = await startRuntime({ database, masterKey, clock: machineClock, logger, server })
  closing.push(() => runtime.stop())
  const { clock, snapshot, reload } = {
    clock: runtime.clock,
    snapshot: () => runtime.snapshot(),
    reload: runtime.reload,
  }

  const egress = createEgress({ policy: () => snapshot().settings.egress })
  closing.push(() => egress.close())
  const engine = createDeliveryEngine({
    database,
    snapshot,
    reload,
    egress,
    clock,
    random,
    logger,
    serverId: server.id,
    sentBody,
  })
  const publisher = createPublisher({
    database,
    snapshot,
    reload,
    clock,
    logger,
    onCommitted: (ids) => engine.nudge(ids),
  })
  const authorizer = createAuthorizer({ database, snapshot, egress, clock, logger })
  const shared = { database, snapshot, reload, clock, logger }
  let stopping = false
  const app = await createApp({
    snapshot,
    reload,
    authorizer,
    publisher,
    kanalen: createKanalen(shared),
    abonnementen: createAbonnementen({ ...shared, egress, masterKey }),
    clock,
    logger,
    version,
    ready: () => !stopping && runtime.healthy() && snapshot().generation > 0,
  })
  await engine.start()
  // In the order of delivery.md §6: not ready, stop accepting, flush, stop claiming, wait, close.
  closing.push(
    () => engine.stop(GRACE_MS),
    () => publisher.idle(),
    () => app.close(),
  )
  await listen(app, options)
  const { port } = app.server.address() as AddressInfo
  return {
    url: `http://${options.host}:${port}`,
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

async function listen(
  app: { listen(options: ListenOptions): Promise<unknown> },
  { host, port }: ListenOptions,
): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw new Failure('unreachable', `cannot listen on ${host}:${port}: ${messageOf(error)}`, { cause: error })
  }
}

/** Closes what was opened, last opened first. One that fails does not keep the others open. */
async function closeAll(closing: readonly (() => Promise<void>)[], logger: Logger): Promise<void> {
  for (const close of closing.toReversed()) {
    await close().catch((error: unknown) => logger.error({ reason: messageOf(error) }, 'closing failed'))
  }
}
