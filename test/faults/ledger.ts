import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'

/** What was acknowledged, on disk before anything else happens: it must survive whatever is killed. */
export class Ledger {
  readonly #file: string
  readonly #descriptor: number

  constructor(file: string) {
    this.#file = file
    this.#descriptor = openSync(file, 'a')
  }

  write(entry: string): void {
    writeSync(this.#descriptor, `${entry}\n`)
    fsyncSync(this.#descriptor)
  }

  entries(): string[] {
    return readFileSync(this.#file, 'utf8').split('\n').filter(Boolean)
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
