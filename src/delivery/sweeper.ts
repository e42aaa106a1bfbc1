import { pause, systemTimers, type Clock, type Random, type Timers } from '../common/clock.ts'
import type { RetentionSettings } from '../common/model.ts'
import type { Swept, SweepRequest } from '../db/retention/sweep-rows.ts'
import { SWEEPS, type Cutoffs, type SweepName } from '../db/retention/sweeps.ts'
import { errorFacts } from '../observability/error-facts.ts'
import type { Logger } from '../observability/logger.ts'
import { bodiesGoFirst, cutoffsOf } from './retention.ts'

export type SweeperOptions = {
  /** One batch; see db/retention/sweep-rows.ts. */
  sweep: (request: SweepRequest) => Promise<Swept>
  settings: () => RetentionSettings
  clock: Clock
  timers?: Timers
  random: Random
  logger: Logger
  pace?: Partial<SweeperPace>
}

/** Durations in ms. */
export type SweeperPace = {
  /** How often everything is looked for that is over. */
  everyMs: number
  /** How often bodies are looked for that go before their rows do. */
  bodiesEveryMs: number
  batchRows: number
  /** Between two batches others write. */
  pauseMs: number
}

/** How many rows of each sweep went. */
export type Removed = Partial<Record<SweepName, number>>

export type Sweeper = {
  start(): void
  /** Everything that is over, now; the end of it. Rejects when the database does. */
  sweepAll(): Promise<Removed>
  /** Resolves when the batch that is under way has ended; what is left is found by the next server. */
  stop(): Promise<void>
}

/**
 * A batch of 500 messages of 600 bytes holds SQLite's write lock for 12 ms, its commit included (95 % within 28 ms, on
 * two cores that others keep busy), deliveries and attempts for 4 ms. With the pauses that is half a million an hour
 * at a fifth of what can be written.
 */
const PACE: SweeperPace = { everyMs: 3_600_000, bodiesEveryMs: 10_000, batchRows: 500, pauseMs: 50 }

/** The first time, so that a server that is started again and again sweeps too, and not while it starts. */
const FIRST_AFTER_MS = 30_000

/** A delivery can be written as ended so much before its commit: twice what a transaction may take. */
const OVERLAP_MS = 120_000

const OF_BODIES: readonly SweepName[] = ['bodies', 'bodiesOfDone']

/**
 * Removes what is over, in small batches, all day:
 *
 *                    +-- every hour: all of it ------------------------+
 *   start --> idle --|                                                 |--> batch <--> pause --> idle
 *                    +-- every 10 s: bodies that go before their row --+      |
 *                        (only what ended since the last time)                |
 *   stop: no more after the batch under way <---------------------------------+
 *
 * There is nothing to remember: each batch is found by its age, so a server that dies leaves the rest to the next
 * round, its own or another's. It waits by timers and not by the clock, which may jump.
 */
export function createSweeper(options: SweeperOptions): Sweeper {
  const { clock, timers = systemTimers, random, logger } = options
  const pace = { ...PACE, ...options.pace }
  let cancel = (): void => {}
  let stopped = false
  let running: Promise<unknown> = Promise.resolve()
  let bodiesSince: Cutoffs['bodies'] | undefined
  let untilAll = 0

  async function walk(name: SweepName, cutoffs: Cutoffs, begin: number): Promise<{ removed: number; taken: boolean }> {
    let removed = 0
    for (let from: number | undefined = begin; from !== undefined;) {
      const swept = await options.sweep({ name, from, cutoffs, limit: pace.batchRows })
      if (swept === 'taken') return { removed, taken: true }
      removed += swept.removed
      from = stopped ? undefined : swept.next
      if (from !== undefined) await pause(timers, pace.pauseMs)
    }
    return { removed, taken: false }
  }

  async function round(names: readonly SweepName[], cutoffs: Cutoffs, begin: number): Promise<Removed> {
    const removed: Removed = {}
    for (const name of names) {
      const walked = await walk(name, cutoffs, begin)
      if (walked.removed > 0) removed[name] = walked.removed
      if (walked.taken || stopped) break
    }
    if (Object.keys(removed).length > 0) logger.info({ removed }, 'removed what was kept long enough')
    return removed
  }

  async function sweepAll(): Promise<Removed> {
    const cutoffs = cutoffsOf(options.settings(), clock.now())
    // What ended lately is among all messages.
    const names = SWEEPS.filter((name) => !OF_BODIES.includes(name) || (name === 'bodies' && bodiesGoFirst(cutoffs)))
    const removed = await round(names, cutoffs, 0)
    bodiesSince = cutoffs.bodies
    return removed
  }

  async function sweepBodies(): Promise<void> {
    const cutoffs = cutoffsOf(options.settings(), clock.now())
    if (!bodiesGoFirst(cutoffs)) return
    const begin = Math.max(0, Math.min(bodiesSince ?? 0, cutoffs.bodies) - OVERLAP_MS)
    await round(OF_BODIES, cutoffs, begin)
    bodiesSince = cutoffs.bodies
  }

  function turn(): Promise<unknown> {
    if (untilAll > 0) return sweepBodies()
    untilAll = pace.everyMs
    return sweepAll()
  }

  /** Replicas that were started together do not stay together. */
  function schedule(waitMs: number): void {
    if (stopped) return
    cancel = timers.after(waitMs * (0.9 + 0.2 * random()), () => {
      untilAll -= waitMs
      running = turn()
        .catch((error: unknown) => logger.error(errorFacts(error), 'what is over cannot be removed'))
        .finally(() => schedule(pace.bodiesEveryMs))
    })
  }

  return {
    start: () => schedule(FIRST_AFTER_MS),
    sweepAll,
    stop: async () => {
      stopped = true
      cancel()
      await running
    },
  }
}
