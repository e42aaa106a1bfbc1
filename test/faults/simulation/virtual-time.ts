import type { Clock } from '../../../src/common/clock.ts'

type Event = { at: number; order: number; run: () => void | Promise<void> }

/** Where a schedule begins (epoch ms). */
export const STARTS_AT = Date.UTC(2026, 10, 23, 9, 0, 0)

/**
 * The time of a simulation: a queue of what happens when. Nothing waits; the time of the next event is the time that
 * it is. `clock` is what machines show, which may jump; the queue does not.
 */
export class VirtualTime {
  /** Since the start, ms. */
  elapsed = 0
  #offset = 0
  #order = 0
  readonly #events: Event[] = []

  readonly clock: Clock = { now: () => Math.floor(STARTS_AT + this.elapsed + this.#offset) }

  /** Runs `run` `ms` from now, after what is there for the same moment; the result keeps it from happening. */
  after(ms: number, run: () => void | Promise<void>): () => void {
    const event = { at: this.elapsed + Math.max(0, ms), order: (this.#order += 1), run }
    let [low, high] = [0, this.#events.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#events[middle] as Event).at <= event.at) low = middle + 1
      else high = middle
    }
    this.#events.splice(low, 0, event)
    return () => {
      const index = this.#events.indexOf(event)
      if (index >= 0) this.#events.splice(index, 1)
    }
  }

  /** The clocks of all machines move; what is under way does not. */
  jump(ms: number): void {
    this.#offset += ms
  }

  /** Lets the next event happen, and everything that follows from it at once. False when there is none. */
  async step(): Promise<boolean> {
    const event = this.#events.shift()
    if (event === undefined) return false
    this.elapsed = Math.max(this.elapsed, event.at)
    await event.run()
    // The engine groups what happens together by waiting for the next turn of the event loop, at most twice in a row.
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    return true
  }
}
