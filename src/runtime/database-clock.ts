import type { Clock } from '../common/clock.ts'

/**
 * The clock by which leases and due times are written: the process's own, corrected by the offset that
 * was last measured against the database, so that replicas on machines whose clocks differ agree.
 */
export class DatabaseClock implements Clock {
  readonly #base: Clock
  readonly #measure: () => Promise<number>
  #offsetMs = 0

  /** `measure` gives the database's lead over `base` in ms. */
  constructor(base: Clock, measure: () => Promise<number>) {
    this.#base = base
    this.#measure = measure
  }

  now(): number {
    return this.#base.now() + this.#offsetMs
  }

  /** Measures again. Throws when the database does not answer; the old offset stays. */
  async synchronise(): Promise<void> {
    this.#offsetMs = await this.#measure()
  }
}
