import { PassThrough, Readable, Writable } from 'node:stream'
import type { ExitCode } from '../../src/cli/exit-codes.ts'
import type { Io } from '../../src/cli/io.ts'
import { run } from '../../src/cli/run.ts'
import type { Environment } from '../../src/common/environment.ts'

export type CliResult = { exit: ExitCode; stdout: string; stderr: string }

/** Runs `bode ...args` in this process, with streams of its own. `input` is typed on a terminal. */
export async function runCli(
  args: readonly string[],
  options: { cwd?: string; environment?: Environment; input?: string; columns?: number } = {},
): Promise<CliResult> {
  const stdout = new Collector()
  const stderr = new Collector()
  const io: Io = {
    stdin: options.input === undefined ? new PassThrough().end() : Readable.from([options.input]),
    stdout,
    stderr,
    interactive: options.input !== undefined,
    terminals: { stdout: options.input !== undefined, stderr: options.input !== undefined },
    columns: options.columns,
    cwd: options.cwd ?? '/',
    identity: { host: 'test', pid: 1 },
    onStop: () => {},
    onHangup: () => {},
    onInterrupt: () => {},
    interrupt: () => {},
    abandon: () => {},
  }
  const exit = await run(args, io, { NO_COLOR: '1', ...options.environment })
  return { exit, stdout: stdout.text, stderr: stderr.text }
}

class Collector extends Writable {
  text = ''

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk)
    done()
  }
}
