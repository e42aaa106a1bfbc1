import { hostname } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import closeWithGrace from 'close-with-grace'

/** The process as commands see it; tests pass their own. Only this file and bin.ts know the real one. */
export type Io = {
  stdin: Readable
  stdout: Writable
  stderr: Writable
  /** True when a person watches stdout. */
  interactive: boolean
  cwd: string
  /** Who this process is, for others to see. */
  identity: { host: string; pid: number }
  /**
   * From now on SIGTERM, SIGINT or a fault that nobody caught calls `close`, and then ends the process: 0
   * after a complete stop, 1 after a fault, a second signal, or when `close` takes longer than `withinMs`.
   */
  onStop(withinMs: number, close: (reason: string) => Promise<void>): void
}

/** The real process. */
export function processIo(): Io {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: process.stdout.isTTY && process.stdin.isTTY,
    cwd: process.cwd(),
    identity: { host: hostname(), pid: process.pid },
    onStop: (withinMs, close) => {
      closeWithGrace({ delay: withinMs, logger: false }, ({ signal, err }) => close(signal ?? err?.stack ?? 'end'))
    },
  }
}
