import { pause, type Clock, type Timers } from '../common/clock.ts'
import { GroupCommit } from '../common/group-commit.ts'
import type { ClaimedDelivery } from '../db/claim-deliveries.ts'
import type { DeliveryStore } from '../db/delivery-store.ts'
import type { Settlement } from '../db/settle-deliveries.ts'
import { errorFacts } from '../observability/error-facts.ts'
import type { Logger } from '../observability/logger.ts'

/** What becomes of a claimed row: written as an outcome, or given back uncounted. */
export type Ending = { delivery: ClaimedDelivery; settlement: Settlement | 'release' }

/** `lost`: the lease was somebody else's by then, and nothing was changed. */
export type Settled = 'settled' | 'lost'

export type Settler = {
  /** Resolves when the ending is committed, or can no longer be. Never rejects. */
  settle(ending: Ending): Promise<Settled>
  idle(): Promise<void>
}

/** At most this many rows in one transaction; more than can be held never queue up. */
const MAX_BATCH = 256
const FIRST_PAUSE_MS = 50
const MAX_PAUSE_MS = 2_000

/**
 * Writes endings in groups: one transaction for all that ended while the last one ran. When the database
 * does not answer it tries again as long as the lease lasts, because a row whose outcome is not written is
 * sent again by whoever takes it over.
 */
export function createSettler(options: {
  store: DeliveryStore
  owner: string
  clock: Clock
  timers: Timers
  logger: Logger
}): Settler {
  const { store, owner, clock, timers, logger } = options

  async function flush(endings: readonly Ending[]): Promise<boolean[]> {
    const settlements = endings.flatMap(({ settlement }) => (settlement === 'release' ? [] : [settlement]))
    const leases = endings.flatMap(({ delivery, settlement }) => (settlement === 'release' ? [delivery] : []))
    if (leases.length > 0) await store.release({ owner, leases })
    if (settlements.length === 0) return endings.map(() => true)
    const written = (await store.settle({ owner, now: clock.now(), settlements })).values()
    return endings.map(({ settlement }) => settlement === 'release' || written.next().value === true)
  }

  const writer = new GroupCommit(flush, {
    maxBatch: MAX_BATCH,
    maxBatchBytes: MAX_BATCH,
    maxQueued: Infinity,
    maxQueuedBytes: Infinity,
    bytesOf: () => 1,
    failsWhole: (error) => !store.isRowFault(error),
  })

  async function settle(ending: Ending): Promise<Settled> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      try {
        return (await writer.add(ending)) ? 'settled' : 'lost'
      } catch (error) {
        if (clock.now() + pauseMs >= ending.delivery.leasedUntilAt) {
          logger.error({ ...idsOf(ending.delivery), ...errorFacts(error) }, 'outcome not written within the lease')
          return 'lost'
        }
        await pause(timers, pauseMs)
      }
    }
  }

  return { settle, idle: () => writer.idle() }
}

type DeliveryIds = Pick<ClaimedDelivery, 'notificatieId' | 'abonnementId' | 'attempt'>

/** How a delivery is named in the log: ids only, they find the rest. */
export function idsOf(delivery: DeliveryIds): DeliveryIds {
  const { notificatieId, abonnementId, attempt } = delivery
  return { notificatieId, abonnementId, attempt }
}
