import type { Test } from 'tap'
import { randomUUID } from 'node:crypto'
import { DEFAULT_SETTINGS, type AbonnementSpec, type Settings } from '../../src/common/model.ts'
import type { Random } from '../../src/common/clock.ts'
import { Secret } from '../../src/common/secret.ts'
import type { Abonnement, Snapshot } from '../../src/common/snapshot.ts'
import { createDeliveryStore, type DeliveryStore } from '../../src/db/delivery-store.ts'
import type { Database } from '../../src/db/open.ts'
import { createDeliveryEngine, type DeliveryEngine } from '../../src/delivery/engine.ts'
import type { EngineSettings } from '../../src/delivery/engine-settings.ts'
import type { SentBody } from '../../src/delivery/attempt.ts'
import { databaseWakeUps } from '../../src/delivery/wake-ups.ts'
import { createEgress, type EgressOptions } from '../../src/egress/egress.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { TestClock } from './clock.ts'
import { countDeliveries, insertDeliveries } from './deliveries.ts'
import { openTestDatabase } from './databases.ts'

type Delivery = Partial<Settings['delivery']>

/** An engine on a real database, with a clock that the test moves and abonnementen that it names. */
export type EngineWorld = {
  database: Database
  engine: DeliveryEngine
  clock: TestClock
  /** One JSON object per line of the log. */
  log: Record<string, unknown>[]
  /** Adds an abonnement that calls `url`; its id is its name. */
  subscribe(name: string, url: string, more?: Partial<Abonnement>): void
  unsubscribe(name: string): void
  /** Writes messages for these abonnementen and nudges the engine; returns the notificatie ids. */
  publish(count: number, ...abonnementIds: string[]): Promise<string[]>
  /** Moves the clock and lets the engine look around. */
  advance(ms: number): void
  /** Resolves when no delivery is unfinished, or rejects with the counts. */
  drained(): Promise<Awaited<ReturnType<typeof countDeliveries>>>
  /** Resolves when the condition holds; looks again after each turn of the event loop. */
  until(condition: () => boolean | Promise<boolean>, what: string): Promise<void>
}

export type EngineWorldOptions = {
  delivery?: Delivery
  settings?: Partial<EngineSettings>
  random?: Random
  sentBody?: SentBody
  clock?: TestClock
  serverId?: string
  reload?: () => Promise<void>
  egress?: Partial<EgressOptions>
  /** What stands between the engine and the database. */
  between?: (store: DeliveryStore) => DeliveryStore
  /** Default true. */
  start?: boolean
}

/** Nothing in a test takes this long; a condition that does not come true by then never will. */
const GIVE_UP_MS = 10_000

export async function engineWorld(t: Test, url: string, options: EngineWorldOptions = {}): Promise<EngineWorld> {
  const database = await openTestDatabase(t, url)
  const clock = options.clock ?? new TestClock()
  const abonnementen = new Map<string, Abonnement>()
  const log: Record<string, unknown>[] = []
  const snapshot = testSnapshot(abonnementen, options.delivery)
  const egress = createEgress({ policy: () => snapshot.settings.egress, ...options.egress })
  const logger = createLogger({ level: 'debug', destination: { write: (line) => log.push(JSON.parse(line) as never) } })
  const serverId = options.serverId ?? randomUUID()
  const engine = createDeliveryEngine({
    store: options.between?.(createDeliveryStore(database)) ?? createDeliveryStore(database),
    wakeUps: databaseWakeUps({ database, serverId, logger }),
    snapshot: () => snapshot,
    reload: async () => {
      await options.reload?.()
      const { epoch } = await database.reader.catalog.findUniqueOrThrow({ where: { id: 1 } })
      Object.assign(snapshot, { epoch: Number(epoch) })
      return snapshot
    },
    egress,
    clock,
    random: options.random ?? (() => 0.5),
    logger,
    serverId,
    sentBody: options.sentBody ?? ((body) => ({ contentType: 'application/json', body })),
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  })
  t.teardown(async () => {
    await engine.stop(0)
    await egress.close()
  })
  if (options.start !== false) await engine.start()

  const until: EngineWorld['until'] = async (condition, what) => {
    const deadline = performance.now() + GIVE_UP_MS
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error(`${what}: not so after ${GIVE_UP_MS} ms`)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  return {
    database,
    engine,
    clock,
    log,
    until,
    subscribe: (name, callbackUrl, more) => abonnementen.set(name, testAbonnement(name, callbackUrl, more)),
    unsubscribe: (name) => abonnementen.delete(name),
    publish: async (count, ...abonnementIds) => {
      const ids = await insertDeliveries(database, { abonnementIds, count, now: clock.now() })
      engine.nudge(abonnementIds)
      return ids
    },
    advance: (ms) => {
      clock.advance(ms)
      engine.nudge()
    },
    drained: async () => {
      await until(async () => (await database.reader.delivery.count()) === 0, 'every delivery has ended')
      return countDeliveries(database)
    },
  }
}

export function testAbonnement(name: string, callbackUrl: string, more: Partial<Abonnement> = {}): Abonnement {
  const spec: AbonnementSpec = {
    callbackUrl,
    auth: { type: 'api_key' },
    kanalen: [],
    cloudEvents: { send: false, filters: [] },
    delivery: {},
  }
  return { ...spec, id: name, name, owner: 'test', authSecret: new Secret(`key of ${name}`), ...more }
}

function testSnapshot(abonnementen: ReadonlyMap<string, Abonnement>, delivery: Delivery = {}): Snapshot {
  return {
    generation: 1,
    epoch: 1,
    settings: {
      ...DEFAULT_SETTINGS,
      delivery: { ...DEFAULT_SETTINGS.delivery, ...delivery },
      egress: { policy: 'private', allow: ['127.0.0.0/8'] },
    },
    autorisaties: undefined,
    externalCredentials: [],
    clientCredentials: new Map(),
    kanalen: new Map(),
    abonnementen,
  }
}
