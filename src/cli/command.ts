import type { ParseArgsConfig } from 'node:util'
import type { Diagnostic } from '../common/diagnostics.ts'
import type { Environment } from '../common/environment.ts'
import type { Plan } from '../reconcile/plan.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Interruption } from './interruption.ts'
import type { Io } from './io.ts'
import type { Progress } from './progress.ts'
import type { Style } from './views/style.ts'

/** One command of `bode`: what `--help` says of it, which flags it takes, and what it computes. */
export type Command = {
  /** As typed: `plan`, `db migrate`. */
  name: string
  summary: string
  /** What follows the name: `[options]`, `CLIENT_ID [options]`. */
  usage: string
  /** At least one line that can be pasted. */
  examples: readonly string[]
  options: Options
  run(invocation: Invocation): Promise<Outcome>
}

export type Options = Record<string, Option>
export type Option = NonNullable<ParseArgsConfig['options']>[string] & {
  /** One line for `--help`. */
  help: string
  /** How the value is named in `--help`: `FILE`. */
  value?: string
}

/** A parsed command line and the world it runs in. Flags were checked against `options`. */
export type Invocation = {
  positionals: readonly string[]
  flags: Flags
  environment: Environment
  io: Io
  /** For what must be shown before the outcome is known: a question. */
  style: Style
  /** Says what the command is busy with: `progress.step('reading the configuration')`. */
  progress: Progress
  /** Hand it to `withPreparedDatabase`, so that a signal stops the command before or after a commit. */
  interruption: Interruption
}

/** Typed access to parsed flags, so that a command never casts. */
export type Flags = {
  /** Whether the command takes it, given or not. */
  has(name: string): boolean
  text(name: string): string | undefined
  texts(name: string): readonly string[]
  on(name: string): boolean
}

/**
 * What a command found out, as data; `output.ts` shows it in the format that was asked for. `text` makes
 * the human form for stdout, `json` is the one for programs; the diagnostics go to stderr as code frames
 * (in JSON they stand under `diagnostics`). A `plan` gives `markdown` and `gitlab` something better to
 * show than the text.
 */
export type Outcome = {
  exit: ExitCode
  text(style: Style): string
  json: unknown
  diagnostics?: readonly Diagnostic[]
  plan?: Plan
}
