/** The engine's own numbers: no municipality needs to choose them, tests do. Durations in ms. */
export type EngineSettings = {
  /** How long a claimed row is this server's. Longer for a lane whose timeout asks for it. */
  leaseMs: number
  /** An attempt starts only if its timeout and this much of the lease are left, to settle in. */
  leaseMarginMs: number
  /** How often the database is asked for work, if nothing else wakes the engine. */
  pollMs: number
  /** How often ended leases and dead servers are looked for. */
  reclaimEveryMs: number
  /** A server that was not seen for this long is dead. */
  deadAfterMs: number
  /** Requests at once, over all lanes. */
  maxInFlight: number
  /** Claimed rows in memory, and the size of their bodies at which no more are claimed. */
  maxHeld: number
  maxHeldBytes: number
  /** Rows in one claim. */
  maxClaimRows: number
}

export const ENGINE_SETTINGS: EngineSettings = {
  leaseMs: 30_000,
  leaseMarginMs: 5_000,
  pollMs: 1_000,
  reclaimEveryMs: 5_000,
  deadAfterMs: 15_000,
  maxInFlight: 256,
  maxHeld: 512,
  maxHeldBytes: 32 * 1024 * 1024,
  maxClaimRows: 128,
}

/** The lease of a lane: a row may wait for one attempt before its own, and both must fit. */
export function leaseMsFor(timeoutMs: number, settings: EngineSettings): number {
  return Math.max(settings.leaseMs, 2 * timeoutMs + 2 * settings.leaseMarginMs)
}
