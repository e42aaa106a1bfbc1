/** One member of `invalidParams` in a ValidatieFout of the standard; `reason` is Dutch. */
export type InvalidParam = { name: string; code: string; reason: string }

/**
 * Why a request was refused, by the kinds that the standard tells apart. `http/problem-catalogue.ts`
 * gives each its title, status and class.
 */
export type ProblemKind =
  | 'invalid'
  | 'parse'
  | 'denied'
  | 'notFound'
  | 'methodNotAllowed'
  | 'notAcceptable'
  | 'conflict'
  | 'timeout'
  | 'tooLarge'
  | 'unsupportedMediaType'
  | 'headersTooLarge'
  | 'badRequest'
  | 'unavailable'
  | 'internal'

export type ProblemDetails = {
  /** Machine code; else the one of its kind. */
  code?: string
  /** What is wrong and what to do, in Dutch; else the title of its kind. Never holds a secret. */
  detail?: string
  invalidParams?: readonly InvalidParam[]
  /** Seconds after which to come back (Retry-After). */
  retryAfterSeconds?: number
  /** What was behind it; logged, never sent. */
  cause?: unknown
}

/** A refusal that becomes a problem document. Any room that answers API clients may throw it. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly kind: ProblemKind
  readonly details: ProblemDetails

  constructor(kind: ProblemKind, details: ProblemDetails = {}) {
    super(details.detail ?? kind, details.cause === undefined ? undefined : { cause: details.cause })
    this.kind = kind
    this.details = details
  }
}

/** The refusal of what the database did not do; `cause` is what it said. */
export function unavailable(cause: unknown, detail = 'De database geeft geen antwoord.'): Problem {
  return new Problem('unavailable', { detail: `${detail} Probeer het later opnieuw.`, retryAfterSeconds: 2, cause })
}

/** `work`, but whatever it throws becomes Problem `unavailable`. */
export function orUnavailable<T>(work: () => Promise<T>): () => Promise<T> {
  return async () => {
    try {
      return await work()
    } catch (error) {
      throw error instanceof Problem ? error : unavailable(error)
    }
  }
}

/** A ValidatieFout. */
export function invalid(...invalidParams: readonly InvalidParam[]): Problem {
  return new Problem('invalid', { invalidParams })
}
