/** Counts what is under way, so that a database closes when it has ended and not in the middle. */
export class UnderWay {
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  /** Runs `work`; rejects without running it when `end` was called. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('the database is closed')
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }

  /** Lets nothing new begin; resolves when nothing runs, whatever came of it. */
  async end(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#running)
  }
}
