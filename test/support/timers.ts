import type { Timers } from '../../src/common/clock.ts'
import type { TestClock } from './clock.ts'

/** Timers that go off when the test moves the clock through `pass`; a clock that jumps does not touch them. */
export class TestTimers implements Timers {
  readonly #clock: TestClock
  #elapsed = 0
  #waiting: { at: number; work: () => void }[] = []
  /** How often anything asked to be woken. */
  asked = 0

  constructor(clock: TestClock) {
    this.#clock = clock
  }

  after(ms: number, work: () => void): () => void {
    const timer = { at: this.#elapsed + Math.max(0, ms), work }
    this.asked += 1
    this.#waiting.push(timer)
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== timer)
    }
  }

  /** Lets time pass: the timers of this span go off in their order, and what they start runs until it waits again. */
  async pass(ms: number, settle: () => Promise<void> = turns): Promise<void> {
    const end = this.#elapsed + ms
    for (;;) {
      await settle()
      const next = this.#waiting.toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined || next.at > end) break
      this.#waiting = this.#waiting.filter((other) => other !== next)
      this.#move(next.at)
      next.work()
    }
    this.#move(end)
  }

  #move(to: number): void {
    if (to <= this.#elapsed) return
    this.#clock.advance(to - this.#elapsed)
    this.#elapsed = to
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
