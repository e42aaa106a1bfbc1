import type { FailureKind } from '../../../common/failure.ts'
import type { Outcome } from '../../command.ts'

/** An outcome of a command, or what stands in its place when there is none. Every format shows this. */
export type Shown = Outcome & {
  /** As typed: `plan`, `db migrate`; empty when there is no such command. */
  command: string
  /** Why there is no outcome. */
  problem?: Problem
}

export type Problem = { kind: FailureKind | 'internal' | 'interrupted'; message: string }

/** The formats of `--format` and `--report`. */
export const FORMATS = ['text', 'json', 'markdown', 'github', 'gitlab', 'sarif'] as const
export type Format = (typeof FORMATS)[number]

export function isFormat(name: string): name is Format {
  return (FORMATS as readonly string[]).includes(name)
}

/** `bode plan`. */
export function commandLine({ command }: Shown): string {
  return command === '' ? 'bode' : `bode ${command}`
}

/** The problem, unless diagnostics with a place say the same better. */
export function unexplainedProblem({ problem, diagnostics = [] }: Shown): Problem | undefined {
  return diagnostics.some(({ severity }) => severity === 'error') ? undefined : problem
}
