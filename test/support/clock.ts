import type { Clock } from '../../src/common/clock.ts'

/** A clock that a test moves by hand; starts at a fixed moment. */
export class TestClock implements Clock {
  #now: number

  constructor(now = Date.UTC(2026, 10, 23, 9, 0, 0)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  advance(ms: number): void {
    this.#now += ms
  }
}
