import { systemTimers, type Clock, type Random, type Timers } from '../common/clock.ts'
import { deliverySettingsOf } from '../common/delivery-settings.ts'
import type { Snapshot } from '../common/snapshot.ts'
import type { Claim } from '../db/claim-deliveries.ts'
import type { DeliveryStore } from '../db/delivery-store.ts'
import type { Settlement } from '../db/settle-deliveries.ts'
import type { Egress } from '../egress/egress.ts'
import { createOAuth2 } from '../egress/oauth2.ts'
import type { Logger } from '../observability/logger.ts'
import { NO_OBSERVER, type Observer } from '../observability/observer.ts'
import type { DeliveryCount } from '../observability/sample.ts'
import { NO_TRACER, type Tracer } from '../observability/tracer.ts'
import type { SentBody } from './attempt.ts'
import { Claimer } from './claimer.ts'
import { Deliverer } from './deliverer.ts'
import { ENGINE_SETTINGS, leaseMsFor, type EngineSettings } from './engine-settings.ts'
import { Lanes } from './lanes.ts'
import { createReclaimer } from './reclaimer.ts'
import { createSettler, type Ending, type Settled } from './settler.ts'
import { Subscribers } from './subscribers.ts'
import type { ConnectWakeUps, WakeUps } from './wake-ups.ts'

export type DeliveryEngine = {
  /** Takes over what a previous run left, then delivers until `stop`. */
  start(): Promise<void>
  /** There is work for these abonnementen, published here; without them: look for it. Cheap, never throws. */
  nudge(abonnementIds?: Iterable<string>): void
  /**
   * Stops without losing or repeating what ends within `graceMs`: claims no more, gives back what waits,
   * lets what is in flight end, then gives that up and releases it uncounted, and writes all outcomes.
   */
  stop(graceMs: number): Promise<void>
  /** Requests under way. */
  inFlight(): number
  /** Since the start; they only grow. */
  counters(): Readonly<DeliveryCounters>
}

export type DeliveryCounters = Record<DeliveryCount, number>

export type DeliveryEngineOptions = {
  store: DeliveryStore
  /** How replicas wake each other; without it there are none. */
  wakeUps?: ConnectWakeUps
  snapshot: () => Snapshot
  /** Resolves to a snapshot at least as new as the database is when it is called. */
  reload: () => Promise<Snapshot>
  egress: Egress
  clock: Clock
  timers?: Timers
  random: Random
  logger: Logger
  observer?: Observer
  tracer?: Tracer
  /** Owner of this server's leases; new with every process. */
  serverId: string
  sentBody: SentBody
  settings?: Partial<EngineSettings>
}

/**
 * Delivers what is due, with leases instead of locks and without a transaction open over HTTP.
 *
 * In the loop that accepts, and not in a thread of its own: neither starves the other. With 32 publishers and three
 * abonnementen each (`npm run bench -- fairness`, two cores) SQLite accepts 2 030 a second and delivers 1 080 in one
 * loop, p99 35 ms; 1 870 and 1 050 with a thread, p99 56 ms, because two connections wait for one write lock. One loop
 * on PostgreSQL: 2 030 and 1 100, p99 32 ms. At 200 a second all is delivered at once in both.
 *
 *   nudge, timer, poll, NOTIFY --> claimer --> lanes --> deliverer --> settler --> database
 *                                     ^                      |
 *                                     +--- room, next due ---+        reclaimer: leases of the dead
 *
 *   created --start--> running --stop--> stopping (waiting given back, in flight ending) --> stopped
 */
export function createDeliveryEngine(options: DeliveryEngineOptions): DeliveryEngine {
  const { store, snapshot, clock, timers = systemTimers, random, logger, serverId: owner } = options
  const { observer = NO_OBSERVER, tracer = NO_TRACER } = options
  const settings = { ...ENGINE_SETTINGS, ...options.settings }
  const counters: DeliveryCounters = {
    delivered: 0,
    retry: 0,
    dead: 0,
    cancelled: 0,
    released: 0,
    lost: 0,
    reclaimed: 0,
  }
  const configured = (abonnementId: string) =>
    deliverySettingsOf(snapshot().settings.delivery, snapshot().abonnementen.get(abonnementId))
  const subscribers = new Subscribers()
  const lanes = new Lanes(settings, (id) => subscribers.limitOf(id, configured(id).maxConcurrency))
  const settler = createSettler({ store, owner, clock, timers, logger })
  const context = { egress: options.egress, oauth2: createOAuth2(options), clock, sentBody: options.sentBody }
  const shared = { store, owner, clock, timers, random, logger, observer, tracer, lanes, subscribers, settings }
  let wakeUps: WakeUps | undefined

  const deliverer = new Deliverer({ ...shared, snapshot, settler, context, onEnded, claimed: () => claimer.claimed() })
  const claimer = new Claimer({
    ...shared,
    leaseMsOf: (abonnementId) => leaseMsFor(configured(abonnementId).timeoutMs, settings),
    onClaim,
    onLeftOver: (abonnementIds) => wakeUps?.announce(abonnementIds),
  })
  const reclaimer = createReclaimer({
    ...shared,
    onReclaimed: (abonnementIds, count) => {
      counters.reclaimed += count
      claimer.nudge(abonnementIds, { fresh: false })
    },
  })

  /** Nothing is sent with an older snapshot than the claim saw: a changed auth or callbackUrl counts at once. */
  async function onClaim({ epoch, deliveries }: Claim): Promise<void> {
    try {
      if (epoch > snapshot().epoch && (await options.reload()).epoch < epoch) {
        throw new Error('the configuration could not be brought up to the claim')
      }
    } catch (error) {
      lanes.add(deliveries)
      deliverer.giveBack(lanes.takeWaiting())
      throw error
    }
    lanes.add(deliveries)
    deliverer.pump()
  }

  function onEnded({ settlement }: Ending, settled: Settled): void {
    if (settled === 'lost') counters.lost += 1
    else counters[settlement === 'release' ? 'released' : settlement.outcome] += 1
    if (settlement !== 'release' && settled === 'settled') takeUp(settlement)
    claimer.wake()
  }

  /** What an outcome makes possible, now or later. */
  function takeUp({ abonnementId, orderingKey, dueAt, change }: Settlement): void {
    if (dueAt !== null) claimer.expect(dueAt)
    if (change !== undefined && 'closedUntilAt' in change) claimer.expect(change.closedUntilAt)
    // The next of its ordering key may go, or the whole lane may again.
    if (change?.kind === 'close' || (orderingKey !== null && dueAt === null)) {
      claimer.nudge([abonnementId], { fresh: false })
    }
  }

  return {
    start: async () => {
      await reclaimer.start()
      claimer.start()
      wakeUps = options.wakeUps?.((ids) =>
        ids.length === 0 ? claimer.lookAround() : claimer.nudge(ids, { fresh: false }),
      )
    },
    nudge: (abonnementIds) => {
      if (abonnementIds === undefined) claimer.lookAround()
      else claimer.nudge(abonnementIds, { fresh: true })
    },
    stop: async (graceMs) => {
      deliverer.drain()
      await Promise.all([wakeUps?.close(), reclaimer.stop(), claimer.stop()])
      // Once more, for a claim that was under way.
      deliverer.drain()
      let cancel = (): void => {}
      const grace = new Promise<void>((resolve) => {
        cancel = timers.after(graceMs, resolve)
      })
      await Promise.race([deliverer.idle(), grace])
      cancel()
      deliverer.abort()
      await deliverer.idle()
      await settler.idle()
    },
    inFlight: () => lanes.inFlight,
    counters: () => counters,
  }
}
