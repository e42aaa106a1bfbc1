import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../common/clock.ts'
import { messageOf } from '../common/failure.ts'
import { GroupCommit } from '../common/group-commit.ts'
import type { ClaimedDelivery } from '../db/claim-deliveries.ts'
import type { Database } from '../db/open.ts'
import { isRowFault } from '../db/row-fault.ts'
import { releaseDeliveries } from '../db/release-deliveries.ts'
import { settleDeliveries, type Settlement } from '../db/settle-deliveries.ts'
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
export function createSettler(options: { database: Database; owner: string; clock: Clock; logger: Logger }): Settler {
  const { database, owner, clock, logger } = options

  async function flush(endings: readonly Ending[]): Promise<boolean[]> {
    const settlements = endings.flatMap(({ settlement }) => (settlement === 'release' ? [] : [settlement]))
    const leases = endings.flatMap(({ delivery, settlement }) => (settlement === 'release' ? [delivery] : []))
    await releaseDeliveries(database, { owner, leases })
    if (settlements.length === 0) return endings.map(() => true)
    const written = (await settleDeliveries(database, { owner, now: clock.now(), settlements })).values()
    return endings.map(({ settlement }) => settlement === 'release' || written.next().value === true)
  }

  const writer = new GroupCommit(flush, {
    maxBatch: MAX_BATCH,
    maxBatchBytes: MAX_BATCH,
    maxQueued: Infinity,
    maxQueuedBytes: Infinity,
    bytesOf: () => 1,
    failsWhole: (error) => !isRowFault(error),
  })

  async function settle(ending: Ending): Promise<Settled> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      try {
        return (await writer.add(ending)) ? 'settled' : 'lost'
      } catch (error) {
        if (clock.now() + pauseMs >= ending.delivery.leasedUntilAt) {
          logger.error({ ...idsOf(ending.delivery), error: messageOf(error) }, 'outcome not written within the lease')
          return 'lost'
        }
        await sleep(pauseMs)
      }
    }
  }

  return { settle, idle: () => writer.idle() }
}

/** How a delivery is named in the log: ids only, they find the rest. */
export function idsOf(delivery: Pick<ClaimedDelivery, 'notificatieId' | 'abonnementId' | 'attempt'>): object {
  const { notificatieId, abonnementId, attempt } = delivery
  return { notificatieId, abonnementId, attempt }
}
