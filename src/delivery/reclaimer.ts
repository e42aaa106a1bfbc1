import type { Clock, Timers } from '../common/clock.ts'
import type { DeliveryStore } from '../db/delivery-store.ts'
import { errorFacts } from '../observability/error-facts.ts'
import type { Logger } from '../observability/logger.ts'
import type { EngineSettings } from './engine-settings.ts'

export type Reclaimer = {
  /** Looks once, then from time to time. Throws when the database does not answer the first time. */
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * Takes work back from whoever does not finish it: leases that ended, and those of servers whose heartbeat
 * stopped, which is sooner. Every replica does this. The one server of a SQLite file knows at its start
 * that all leases are void.
 */
export function createReclaimer(options: {
  store: DeliveryStore
  clock: Clock
  timers: Timers
  logger: Logger
  settings: Pick<EngineSettings, 'reclaimEveryMs' | 'deadAfterMs'>
  onReclaimed: (abonnementIds: ReadonlySet<string>, count: number) => void
}): Reclaimer {
  const { store, clock, timers, logger, settings, onReclaimed } = options
  let cancel = (): void => {}
  let stopped = false
  let running: Promise<void> | undefined

  async function reclaim(): Promise<void> {
    const now = clock.now()
    const reclaimed = await store.reclaim({ now, deadBefore: now - settings.deadAfterMs })
    if (reclaimed.length === 0) return
    logger.warn({ count: reclaimed.length }, 'deliveries taken over from a server that did not finish them')
    onReclaimed(new Set(reclaimed), reclaimed.length)
  }

  function schedule(): void {
    if (stopped) return
    cancel = timers.after(settings.reclaimEveryMs, () => {
      running = reclaim()
        .catch((error: unknown) => logger.error(errorFacts(error), 'ended leases cannot be looked for'))
        .finally(schedule)
    })
  }

  return {
    start: async () => {
      if (store.exclusive) await store.reclaimAll()
      else await reclaim()
      schedule()
    },
    stop: async () => {
      stopped = true
      cancel()
      await running
    },
  }
}
