import { Writable } from 'node:stream'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { createAbonnementen } from '../../src/abonnementen/abonnementen.ts'
import { createCatalogWriter } from '../../src/abonnementen/catalog-writer.ts'
import { createKanalen } from '../../src/abonnementen/kanalen.ts'
import { createAuthorizer } from '../../src/autorisaties/authorizer.ts'
import type { Settings } from '../../src/common/model.ts'
import type { SecretUse, Snapshot } from '../../src/common/snapshot.ts'
import type { Database } from '../../src/db/open.ts'
import { createEgress } from '../../src/egress/egress.ts'
import { createApp } from '../../src/http/app.ts'
import type { Refusal } from '../../src/common/refusal.ts'
import { createPublisher } from '../../src/notificaties/publish.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { startRuntime } from '../../src/runtime/runtime.ts'
import { TestClock } from './clock.ts'
import { openTestDatabase } from './databases.ts'
import { seedConfiguration, type SeedConfiguration } from './seed-configuration.ts'
import { testMasterKey } from './seed.ts'
import { makeToken, type TokenParts } from './token.ts'

export type TestApp = {
  app: FastifyInstance
  database: Database
  clock: TestClock
  snapshot: () => Snapshot
  reload: () => Promise<Snapshot>
  /** Abonnementen that had something ready, in the order of the commits. */
  committed: string[]
  /** The secrets that callers proved to know. */
  used: SecretUse[]
  /** Requests that were answered with 401 or 403. */
  refusals: Refusal[]
  /** Everything that was logged, one object per line. */
  logged: () => Record<string, unknown>[]
  /** A request with a good token of `as` (default: openzaak, which may do everything). */
  call: Call
  authorization: (parts?: Partial<TokenParts>) => string
}

type Call = (
  method: InjectOptions['method'],
  url: string,
  body?: unknown,
  options?: CallOptions,
) => Promise<LightMyRequestResponse>

export type CallOptions = { as?: string; headers?: Record<string, string> }

const ALL = ['notificaties.consumeren', 'notificaties.publiceren']

/** The client `openzaak` may do everything, `zac` only consumeren, `drc` only publiceren. */
export const CLIENTS = { openzaak: ALL, zac: ['notificaties.consumeren'], drc: ['notificaties.publiceren'] }

/** Loopback may be called in tests. */
export const TEST_SETTINGS: Partial<Settings> = { egress: { policy: 'private', allow: ['127.0.0.0/8'] } }

/** The application over a real database and the real running configuration. */
export async function startTestApp(
  t: Test,
  url: string,
  configuration: SeedConfiguration = {},
  level = 'info',
): Promise<TestApp> {
  const database = await openTestDatabase(t, url)
  const { settings, ...rest } = configuration
  await seedConfiguration(database, { clients: CLIENTS, settings: { ...TEST_SETTINGS, ...settings }, ...rest })
  const clock = new TestClock(Date.now())
  const lines: string[] = []
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString())
      done()
    },
  })
  const logger = createLogger({ level, destination })
  const server = { id: 'test', host: 'test', pid: 1, version: '0' }
  const runtime = await startRuntime({ database, masterKey: testMasterKey, clock, logger, server, pollMs: 3_600_000 })
  t.teardown(() => runtime.stop())
  const snapshot = (): Snapshot => runtime.snapshot()
  const reload = (): Promise<Snapshot> => runtime.reload()
  const egress = createEgress({ policy: () => snapshot().settings.egress })
  t.teardown(() => egress.close())
  const committed: string[] = []
  const used: SecretUse[] = []
  const refusals: Refusal[] = []
  const write = createCatalogWriter({ database, reload })
  const shared = { database, snapshot, reload, clock, logger, egress, write }
  const app = await createApp({
    ...shared,
    authorizer: createAuthorizer(shared),
    publisher: createPublisher({ ...shared, onCommitted: (ids) => committed.push(...ids) }),
    kanalen: createKanalen(shared),
    abonnementen: createAbonnementen({ ...shared, provider: database.provider, masterKey: testMasterKey }),
    noteUse: (use) => used.push(use),
    noteRefusal: (refusal) => refusals.push(refusal),
    version: '0.0.0',
    ready: () => true,
  })
  t.teardown(() => app.close())
  const authorization = (parts: Partial<TokenParts> = {}): string =>
    `Bearer ${makeToken({ now: clock.now(), ...parts })}`
  return {
    app,
    database,
    clock,
    snapshot,
    reload,
    committed,
    used,
    refusals,
    authorization,
    logged: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    call: (method = 'GET', url, body, { as = 'openzaak', headers = {} } = {}) =>
      app.inject({
        method,
        url: url.startsWith('/') ? url : `/api/v1/${url}`,
        headers: {
          authorization: authorization({ clientId: as }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
  }
}
