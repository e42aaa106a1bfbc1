import type { Database } from '../db/open.ts'

/** Why a command is told to stop before its end. */
export type InterruptionReason = 'SIGINT' | 'SIGTERM' | 'timeout'
export type Interrupted = {
  reason: InterruptionReason
  /** What became of the command's changes. `unknown`: it was told twice, while a commit was under way. */
  changes: 'none' | 'committed' | 'unknown'
}

/**
 * Stops a command between two states of the database: before its commit, or after it. What is open when the
 * process ends is rolled back by the database; only while a COMMIT is under way would nobody know, so an
 * interruption waits for that.
 */
export type Interruption = {
  /** The same database; its transactions tell this interruption when they commit. */
  guard(database: Database): Database
  /** Runs work that cannot stop half way: an interruption waits for its end, and then changes nothing. */
  shield<T>(work: () => Promise<T>): Promise<T>
  interrupt(reason: InterruptionReason): void
  /** Resolves when the command must be abandoned; never otherwise. */
  happened: Promise<Interrupted>
}

export function createInterruption(): Interruption {
  let reason: InterruptionReason | undefined
  let committing = 0
  let committed = false
  let abandon: (interrupted: Interrupted) => void
  const happened = new Promise<Interrupted>((resolve) => (abandon = resolve))
  const check = (): void => {
    if (reason !== undefined && committing === 0) abandon({ reason, changes: committed ? 'committed' : 'none' })
  }
  const demandUninterrupted = (): void => {
    if (reason !== undefined) throw new Error(`interrupted: ${reason}`)
  }
  const transaction =
    (database: Database): Database['transaction'] =>
    async (work, options) => {
      let reached = false
      try {
        demandUninterrupted()
        const result = await database.transaction(async (tx) => {
          const value = await work(tx)
          // Whoever was told that nothing was changed must be right, however long the process takes to end.
          demandUninterrupted()
          if (!reached) committing += 1
          reached = true
          return value
        }, options)
        committed = true
        return result
      } finally {
        if (reached) committing -= 1
        check()
      }
    }
  return {
    guard: (database) => ({ ...database, transaction: transaction(database) }),
    shield: async (work) => {
      demandUninterrupted()
      committing += 1
      return work().finally(() => (committing -= 1))
    },
    interrupt: (why) => {
      if (reason !== undefined && why !== 'timeout') abandon({ reason: why, changes: 'unknown' })
      reason ??= why
      check()
    },
    happened,
  }
}
