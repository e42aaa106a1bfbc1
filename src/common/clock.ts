/** Time as an argument: epoch milliseconds. Tests pass one that they move by hand. */
export type Clock = { now(): number }

/** The clock of the machine. */
export const systemClock: Clock = { now: () => Date.now() }

/** Randomness as an argument: a number in [0, 1). */
export type Random = () => number
