import type { Test } from 'tap'
import type { DeliveryOperations } from '../../src/common/deliveries.ts'
import { DEFAULT_SETTINGS, type Ordering } from '../../src/common/model.ts'
import { orderingKey } from '../../src/common/ordering-key.ts'
import type { Snapshot } from '../../src/common/snapshot.ts'
import { acceptNotificaties } from '../../src/db/accept.ts'
import type { AuditEntry } from '../../src/db/audit.ts'
import { bumpEpoch } from '../../src/db/catalog.ts'
import { claimDeliveries } from '../../src/db/claim-deliveries.ts'
import type { Database } from '../../src/db/open.ts'
import { settleDeliveries, type Settlement } from '../../src/db/settle-deliveries.ts'
import { createDeliveryOperations } from '../../src/delivery/operations/operations.ts'
import { createReplayer, type Replayer } from '../../src/delivery/replayer.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { TestClock } from './clock.ts'
import { openTestDatabase } from './databases.ts'
import { settlementOf } from './deliveries.ts'

export type OperationsWorld = {
  database: Database
  clock: TestClock
  operations: DeliveryOperations
  /** What was told after a commit. */
  resumed: string[]
  entries: AuditEntry[]
  /** Adds abonnementen with these names; the uuid of each is `id-<name>`. */
  subscribe: (...names: string[]) => Promise<void>
  /** Writes a message for these abonnementen, about `object`, accepted now; returns the notificatie's id. */
  accept: (names: readonly string[], more?: { kanaal?: string; object?: string }) => Promise<string>
  /** Attempts everything that may go, oldest first, as often as it takes; `outcomeOf` says how each ends. */
  work: (outcomeOf: (number: number) => Partial<Settlement>) => Promise<void>
  /** One more server that carries replays out, and what it put on its way. */
  replayer: (ordering?: Ordering) => Replayer & { replayed: string[] }
}

export const DEAD = {
  outcome: 'dead',
  reason: 'status 503',
  tried: { startedAt: 1_000, durationMs: 12, status: 503, error: null },
} as const satisfies Partial<Settlement>

const CLOSED = { kanalen: '[]', cloudEvents: '{}', delivery: '{}', auth: '{"type":"no_auth"}' }

/** What operators can do, on a real database and with a clock that the test moves. */
export async function operationsWorld(t: Test, url: string): Promise<OperationsWorld> {
  const database = await openTestDatabase(t, url)
  const clock = new TestClock()
  const resumed: string[] = []
  const entries: AuditEntry[] = []
  const onAudited = (entry: AuditEntry): void => void entries.push(entry)
  const operations = createDeliveryOperations({
    database,
    clock,
    actor: 'operator:jan',
    onResumed: (ids) => resumed.push(...ids),
    onAudited,
  })
  const epochNow = async (): Promise<number> =>
    Number((await database.reader.catalog.findUniqueOrThrow({ where: { id: 1 } })).epoch)
  const number = { message: 0 }
  return {
    database,
    clock,
    operations,
    resumed,
    entries,
    subscribe: async (...names) =>
      database.transaction(async (tx) => {
        await bumpEpoch(tx)
        for (const name of names) {
          const facts = { owner: 'test', hash: '', callbackUrl: 'http://127.0.0.1:1/', updatedBy: 'test' }
          const times = { createdAt: 1n, updatedAt: 1n }
          await tx.abonnement.create({ data: { id: `id-${name}`, name, ...CLOSED, ...facts, ...times } })
        }
      }),
    accept: async (names, { kanaal = 'zaken', object } = {}) => {
      number.message += 1
      const id = `n${number.message}`
      const body = JSON.stringify({ hoofdObject: object ?? `http://zaken/${id}`, id })
      const key = object === undefined ? null : orderingKey('hoofdObject', object)
      const addressees = names.map((name) => ({ abonnementId: `id-${name}`, orderingKey: key }))
      const row = { id, kanaal, body, format: 1, clientId: 'open-zaak', receivedAt: clock.now(), addressees }
      const accepted = await acceptNotificaties(database, [row], {
        epoch: await epochNow(),
        now: clock.now(),
        atCommit: () => {},
      })
      if (accepted !== 'accepted') throw new Error('the catalog moved')
      return id
    },
    work: async (outcomeOf) => {
      const ids = (await database.reader.abonnement.findMany({ select: { id: true } })).map(({ id }) => id)
      for (let attempts = 0; ;) {
        const now = clock.now()
        const lanes = ids.map((abonnementId) => ({ abonnementId, room: 1, leasedUntilAt: now + 1_000 }))
        const { deliveries } = await claimDeliveries(database, { owner: 'worker', now, lanes })
        if (deliveries.length === 0) return
        const settlements = deliveries.map((delivery) => settlementOf(delivery, outcomeOf((attempts += 1))))
        await settleDeliveries(database, { owner: 'worker', now, settlements })
      }
    },
    replayer: (ordering = 'none') => {
      const replayed: string[] = []
      const snapshot = { epoch: 0, settings: DEFAULT_SETTINGS }
      const replayer = createReplayer({
        database,
        clock,
        logger: createLogger({ level: 'silent' }),
        snapshot: () => snapshot as Snapshot,
        reload: async () => Object.assign(snapshot, { epoch: await epochNow() }) as unknown as Snapshot,
        orderingKeyOf: (body) => orderingKey(ordering, (JSON.parse(body) as { hoofdObject: string }).hoofdObject),
        onReplayed: (ids) => replayed.push(...ids),
        onAudited,
      })
      return { ...replayer, replayed }
    },
  }
}

/** Lets time pass until no replay is running. */
export async function finishReplays({ clock }: OperationsWorld, ...replayers: Replayer[]): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) {
    clock.advance(500)
    const going = await Promise.all(replayers.map((replayer) => replayer.step()))
    if (!going.includes(true)) return
  }
  throw new Error('the replays do not end')
}

/** Messages for `zac`, a millisecond after one another. */
export async function acceptMany(world: OperationsWorld, count: number, object?: string): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await world.accept(['zac'], object === undefined ? {} : { object })
    world.clock.advance(1)
  }
}

/** Notificaties with the number of their run and its state, in the order of acceptance. */
export async function runs(database: Database): Promise<string[]> {
  const [hot, cold] = await Promise.all([database.reader.delivery.findMany(), database.reader.deliveryDone.findMany()])
  const rows = [
    ...hot.map(({ sequence, replay, state }) => ({ sequence, replay, what: ['ready', 'leased', 'held'][state] })),
    ...cold.map(({ sequence, replay, outcome }) => ({ sequence, replay, what: outcome })),
  ]
  return rows
    .toSorted((a, b) => Number(a.sequence - b.sequence) || a.replay - b.replay)
    .map(({ sequence, replay, what }) => `${sequence}/${replay} ${what}`)
}
