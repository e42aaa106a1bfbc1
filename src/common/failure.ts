import type { Diagnostic } from './diagnostics.ts'

/** Why a command could not do what was asked. `cli/exit-codes.ts` gives each its number. */
export type FailureKind =
  /** The document, a file or an argument of content is wrong. */
  | 'invalid'
  /** A secret reference or the master key cannot be resolved. */
  | 'secret'
  /** Somebody else's object, a stale base, an older document. */
  | 'conflict'
  /** Allowed by nobody: delete budget, empty document, no approval. */
  | 'refused'
  /** A lock was not obtained in time. */
  | 'locked'
  /** A database or server that is not there, not migrated, or too new. */
  | 'unreachable'
  /** Applied, but a running server did not confirm. */
  | 'unconfirmed'
  /** A wrong command line. */
  | 'usage'

/**
 * An expected failure with a message for the user. Anything else that is thrown is a bug. The
 * message says what to do, and never contains a secret.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly kind: FailureKind
  readonly diagnostics: readonly Diagnostic[]

  constructor(
    kind: FailureKind,
    message: string,
    options: { cause?: unknown; diagnostics?: readonly Diagnostic[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = kind
    this.diagnostics = options.diagnostics ?? []
  }
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
