import { createInterface } from 'node:readline/promises'
import type { Io } from './io.ts'

/** Asks on the terminal (stderr, so that stdout stays clean); only `yes` or `y` is yes. */
export async function confirm({ stdin, stderr, ...io }: Io, question: string): Promise<boolean> {
  const terminal = createInterface({ input: stdin, output: stderr })
  // On a terminal readline takes the keyboard over, Ctrl-C included.
  terminal.on('SIGINT', () => io.interrupt())
  try {
    // A closed input is no answer; `question` alone would wait for ever.
    const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
    const answer = await Promise.race([terminal.question(question), closed])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}
