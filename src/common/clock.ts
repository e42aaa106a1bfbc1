/** Time as an argument: epoch milliseconds. Tests pass one that they move by hand. */
export type Clock = { now(): number }

/** The clock of the machine. */
export const systemClock: Clock = { now: () => Date.now() }

/** Waiting as an argument, so that a simulation can make a day pass at once. */
export type Timers = {
  /** Runs `work` once, `ms` from now; the result keeps it from happening. `work` never throws. */
  after(ms: number, work: () => void): () => void
}

/** The timers of the machine. */
export const systemTimers: Timers = {
  after: (ms, work) => {
    const timer = setTimeout(work, ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves `ms` from now. */
export function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => void timers.after(ms, resolve))
}

/** Randomness as an argument: a number in [0, 1). */
export type Random = () => number
