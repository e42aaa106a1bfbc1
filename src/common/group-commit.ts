/**
 * Group commit without a timer. When no flush runs, the first item is flushed on the next turn of the
 * event loop; whatever arrives meanwhile rides with the next one. Light load pays nothing, heavy load
 * batches by itself: one fsync for many requests.
 *
 *   idle --add--> scheduled --next turn--> flushing --done, queue empty--> idle
 *                                             |  ^
 *                                             +--+ done, queue not empty
 *
 * A flush that fails is bisected, so that one bad item cannot fail its neighbours, unless
 * `failsWhole(error)` says that the fault is not of an item (a lost connection, a full disk).
 */
export class GroupCommit<Item, Result> {
  readonly #flush: (items: readonly Item[]) => Promise<readonly Result[]>
  readonly #limits: GroupCommitLimits<Item>
  #queue: Entry<Item, Result>[] = []
  #queuedBytes = 0
  #running: Promise<void> | undefined

  /** `flush` gets at least one item and returns one result per item, in order. */
  constructor(flush: (items: readonly Item[]) => Promise<readonly Result[]>, limits: GroupCommitLimits<Item>) {
    this.#flush = flush
    this.#limits = limits
  }

  /** Resolves when the item is committed. Rejects with QueueFull at once when the bound is reached. */
  add(item: Item): Promise<Result> {
    const bytes = this.#limits.bytesOf(item)
    const { maxQueued, maxQueuedBytes } = this.#limits
    if (this.#queue.length >= maxQueued || this.#queuedBytes + bytes > maxQueuedBytes)
      return Promise.reject(new QueueFull())
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, bytes, resolve, reject })
      this.#queuedBytes += bytes
      this.#running ??= this.#run()
    })
  }

  /** What waits for a flush. */
  queued(): { items: number; bytes: number } {
    return { items: this.#queue.length, bytes: this.#queuedBytes }
  }

  /** Resolves when nothing is queued or being flushed. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#queue.length > 0) await this.#commit(this.#takeBatch())
    this.#running = undefined
  }

  #takeBatch(): Entry<Item, Result>[] {
    let bytes = 0
    let count = 0
    for (const entry of this.#queue) {
      if (count > 0 && (count >= this.#limits.maxBatch || bytes + entry.bytes > this.#limits.maxBatchBytes)) break
      bytes += entry.bytes
      count += 1
    }
    this.#queuedBytes -= bytes
    return this.#queue.splice(0, count)
  }

  async #commit(batch: Entry<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#flush(batch.map((entry) => entry.item))
      for (const [index, entry] of batch.entries()) entry.resolve(results[index] as Result)
    } catch (error) {
      if (batch.length === 1 || this.#limits.failsWhole(error)) {
        for (const entry of batch) entry.reject(error)
        return
      }
      const middle = batch.length >> 1
      await this.#commit(batch.slice(0, middle))
      await this.#commit(batch.slice(middle))
    }
  }
}

/** The queue is at its bound: ask the caller to come back. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull'
}

export type GroupCommitLimits<Item> = {
  /** Items and bytes in one flush; a single larger item still goes, alone. */
  maxBatch: number
  maxBatchBytes: number
  /** Items and bytes waiting for a flush. */
  maxQueued: number
  maxQueuedBytes: number
  bytesOf(item: Item): number
  failsWhole(error: unknown): boolean
}

type Entry<Item, Result> = {
  item: Item
  bytes: number
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}
