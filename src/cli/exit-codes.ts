import type { FailureKind } from '../common/failure.ts'

/** The exit codes: a contract with pipelines. The outcome decides them, never the output format. */
export const EXIT = {
  ok: 0,
  internal: 1,
  /** Changes are present; only with `plan --detailed-exitcode`. */
  changes: 2,
  invalid: 3,
  secret: 4,
  conflict: 5,
  refused: 6,
  locked: 7,
  unreachable: 8,
  unconfirmed: 9,
  usage: 64,
  /** SIGINT; nothing was changed. */
  interrupted: 130,
  /** SIGTERM or the end of `--timeout`; nothing was changed. */
  terminated: 143,
} as const satisfies Record<FailureKind | 'ok' | 'internal' | 'changes' | 'interrupted' | 'terminated', number>

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
