import { PassThrough, Readable, Writable } from 'node:stream'
import type { ExitCode } from '../../src/cli/exit-codes.ts'
import type { Io } from '../../src/cli/io.ts'
import { run } from '../../src/cli/run.ts'
import type { Environment } from '../../src/common/environment.ts'

export type CliResult = { exit: ExitCode; stdout: string; stderr: string }

export type RunOptions = {
  cwd?: string
  environment?: Environment
  input?: string
  columns?: number
  /** Somebody watches stderr. */
  watched?: boolean
  /** Gets the function that a signal would call. */
  onInterrupt?: (interrupt: (signal: 'SIGINT' | 'SIGTERM') => void) => void
  /** Sees what is written to stderr as it is written. */
  onStderr?: (text: string) => void
}

/** Runs `bode ...args` in this process, with streams of its own. `input` is typed on a terminal. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<CliResult> {
  const stdout = new Collector()
  const stderr = new Collector(options.onStderr)
  const io: Io = {
    stdin: options.input === undefined ? new PassThrough().end() : Readable.from([options.input]),
    stdout,
    stderr,
    interactive: options.input !== undefined,
    terminals: { stdout: options.input !== undefined, stderr: options.watched ?? options.input !== undefined },
    columns: options.columns,
    cwd: options.cwd ?? '/',
    identity: { host: 'test', pid: 1 },
    onStop: () => {},
    onHangup: () => {},
    onExit: () => {},
    onInterrupt: options.onInterrupt ?? (() => {}),
    interrupt: () => {},
    abandon: () => {},
  }
  const exit = await run(args, io, { NO_COLOR: '1', ...options.environment })
  return { exit, stdout: stdout.text, stderr: stderr.text }
}

class Collector extends Writable {
  text = ''
  readonly #see: ((text: string) => void) | undefined

  constructor(see?: (text: string) => void) {
    super()
    this.#see = see
  }

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk)
    this.#see?.(String(chunk))
    done()
  }
}
