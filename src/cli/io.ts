import { hostname } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { isatty } from 'node:tty'
import closeWithGrace from 'close-with-grace'

/** The process as commands see it; tests pass their own. Only this file and bin.ts know the real one. */
export type Io = {
  stdin: Readable
  stdout: Writable
  stderr: Writable
  /** True when a person watches stdout. */
  interactive: boolean
  /** Which of the two output streams are terminals. */
  terminals: { stdout: boolean; stderr: boolean }
  /** Width of the terminal; undefined in a pipe. */
  columns: number | undefined
  cwd: string
  /** Who this process is, for others to see. */
  identity: { host: string; pid: number }
  /**
   * From now on SIGTERM, SIGINT or a fault that nobody caught calls `close`, and then ends the process: 0
   * after a complete stop, 1 after a fault, a second signal, or when `close` takes longer than `withinMs`.
   */
  onStop(withinMs: number, close: (reason: string) => Promise<void>): void
  /** From now on SIGINT and SIGTERM call `interrupt` instead of ending the process, until `onStop` takes over. */
  onInterrupt(interrupt: (signal: 'SIGINT' | 'SIGTERM') => void): void
  /** From now on SIGHUP calls `reload`, where it would end the process. */
  onHangup(reload: () => void): void
  /** At the very end of the process, however it ends itself; for work that waits for nothing. */
  onExit(work: () => void): void
  /** What Ctrl-C does; for a question, which has the keyboard to itself. */
  interrupt(): void
  /** Ends the process at once, whatever is under way. */
  abandon(exit: number): void
}

/** The real process. */
export function processIo(): Io {
  const { stdout, stderr } = process
  let stopListening = (): void => {}
  // Whoever reads the output may stop early (`bode schema | head`); what was done is done.
  for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe)
  return {
    // Opened when asked for: few commands read it, and it takes a tenth of the start of Node.
    get stdin() {
      return process.stdin
    },
    stdout,
    stderr,
    interactive: stdout.isTTY && isatty(0),
    terminals: { stdout: stdout.isTTY, stderr: stderr.isTTY },
    columns: stdout.isTTY ? stdout.columns : stderr.isTTY ? stderr.columns : undefined,
    cwd: process.cwd(),
    identity: { host: hostname(), pid: process.pid },
    onStop: (withinMs, close) => {
      stopListening()
      closeWithGrace({ delay: withinMs, logger: false, skip: ['SIGHUP'] }, ({ signal, err }) =>
        close(signal ?? err?.stack ?? 'end'),
      )
    },
    onInterrupt: (interrupt) => {
      process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
      stopListening = () => process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
    },
    onExit: (work) => {
      process.once('exit', work)
    },
    onHangup: (reload) => void process.on('SIGHUP', reload),
    interrupt: () => process.kill(process.pid, 'SIGINT'),
    abandon: (exit) => process.exit(exit),
  }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
