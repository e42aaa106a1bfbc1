import type { Writable } from 'node:stream'

/** The streams and the working directory of the process; tests pass their own. Only this file and bin.ts know them. */
export type Io = {
  stdout: Writable
  stderr: Writable
  /** True when a person watches stdout. */
  interactive: boolean
  cwd: string
}

/** The real process. */
export function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: process.stdout.isTTY,
    cwd: process.cwd(),
  }
}
