/**
 * What the parts tell of their work, as it happens. Every function returns at once and never throws. What can be
 * asked for at any time (a queue, a counter that exists already) is not told: see `Sources` in sample.ts.
 */
export type Observer = {
  /** A message that was handed over is stored, or not; how long that took. */
  accepted(outcome: AcceptOutcome, durationMs: number): void
  /** One transaction stored this many messages. */
  committed(messages: number): void
  attempted(attempt: ObservedAttempt): void
  /** What was known when the rights of a client were asked for. */
  lookedUp(result: LookupResult): void
  requested(request: ObservedRequest): void
}

/**
 * `repeated`: its idempotency key is that of an earlier one. `full`: the queue was at its bound. `failed`: the database
 * did not take it, or it is not known whether it did.
 */
export type AcceptOutcome = 'stored' | 'repeated' | 'full' | 'failed'

/** `hit`: an answer that is still valid. `miss`: there is none. `failure`: the Autorisaties API was asked and gave no usable answer. */
export type LookupResult = 'hit' | 'miss' | 'failure'

export type ObservedAttempt = {
  /** Its name. */
  abonnement: string
  /** `2xx` to `5xx`, or the word for why there was no answer. */
  result: string
  durationMs: number
  /** From the accept to this attempt's answer, when it delivered a message for the first time. */
  deliveredAfterMs: number | undefined
}

export type ObservedRequest = {
  method: string
  /** The pattern, not the path; null: there is no such route. */
  route: string | null
  status: number
  durationMs: number
}

/** Nobody listens. */
export const NO_OBSERVER: Observer = {
  accepted: () => {},
  committed: () => {},
  attempted: () => {},
  lookedUp: () => {},
  requested: () => {},
}
