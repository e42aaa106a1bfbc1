import type { ClaimedDelivery } from '../db/claim-deliveries.ts'

export type LaneLimits = { maxInFlight: number; maxHeld: number; maxHeldBytes: number; maxClaimRows: number }

type Lane = { waiting: ClaimedDelivery[]; inFlight: number; held: number }

/**
 * What this process holds of each abonnement: one lane each, first due first, so that a subscriber only ever
 * stands in its own way. Pure bookkeeping: no clock, no I/O.
 *
 *   claimed --add--> waiting --next--> in flight --ended--> settling --forget--> gone
 *                       |                                                         ^
 *                       +---------------------- takeWaiting, forget --------------+
 *
 * A row is held from `add` to `forget`. A lane holds at most twice its cap: as many in flight as it may have
 * and as many waiting behind them, so that a fast subscriber never waits for the next claim.
 */
export class Lanes {
  readonly #limits: LaneLimits
  readonly #capOf: (abonnementId: string) => number
  readonly #lanes = new Map<string, Lane>()
  /** Lanes that could start a row now, the one that has waited longest first. */
  readonly #startable = new Set<string>()
  /** Lanes that start nothing now, and for how many reasons. */
  readonly #closed = new Map<string, number>()
  #inFlight = 0
  #held = 0
  #heldBytes = 0

  /** `capOf` gives the requests at once that a subscriber gets; it may change at any time. */
  constructor(limits: LaneLimits, capOf: (abonnementId: string) => number) {
    this.#limits = limits
    this.#capOf = capOf
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get held(): number {
    return this.#held
  }

  /**
   * How many rows to claim for which of `abonnementIds`, in their order, until a bound is reached. A lane is
   * only asked for when it can take half its cap: fewer and larger claims.
   */
  rooms(abonnementIds: Iterable<string>): { abonnementId: string; room: number }[] {
    const { maxHeld, maxHeldBytes, maxClaimRows } = this.#limits
    let left = this.#heldBytes >= maxHeldBytes ? 0 : Math.min(maxClaimRows, maxHeld - this.#held)
    const rooms: { abonnementId: string; room: number }[] = []
    for (const abonnementId of abonnementIds) {
      if (left <= 0) break
      if (this.#closed.has(abonnementId)) continue
      const cap = this.#capOf(abonnementId)
      const free = 2 * cap - (this.#lanes.get(abonnementId)?.held ?? 0)
      if (free < Math.ceil(cap / 2)) continue
      const room = Math.min(free, left)
      rooms.push({ abonnementId, room })
      left -= room
    }
    return rooms
  }

  /** Takes claimed rows in, in the order in which each lane is to send them. */
  add(deliveries: readonly ClaimedDelivery[]): void {
    for (const delivery of deliveries) {
      const lane = this.#lanes.get(delivery.abonnementId) ?? { waiting: [], inFlight: 0, held: 0 }
      this.#lanes.set(delivery.abonnementId, lane)
      lane.waiting.push(delivery)
      lane.held += 1
      this.#held += 1
      this.#heldBytes += delivery.body.length
      this.#markStartable(delivery.abonnementId, lane)
    }
  }

  /** The next row to send, now in flight; undefined when the lanes or the total are at their cap. */
  next(): ClaimedDelivery | undefined {
    if (this.#inFlight >= this.#limits.maxInFlight) return undefined
    for (const abonnementId of this.#startable) {
      this.#startable.delete(abonnementId)
      const lane = this.#lanes.get(abonnementId) as Lane
      // The cap may have become lower since the lane was marked.
      if (lane.inFlight >= this.#capOf(abonnementId)) continue
      const delivery = lane.waiting.shift() as ClaimedDelivery
      lane.inFlight += 1
      this.#inFlight += 1
      // In again at the end: lanes take turns.
      this.#markStartable(abonnementId, lane)
      return delivery
    }
    return undefined
  }

  /** The request is over; its row is held until it is settled. */
  ended(delivery: ClaimedDelivery): void {
    const lane = this.#lanes.get(delivery.abonnementId) as Lane
    lane.inFlight -= 1
    this.#inFlight -= 1
    this.#markStartable(delivery.abonnementId, lane)
  }

  /** The row is no longer this process's. */
  forget(delivery: ClaimedDelivery): void {
    const lane = this.#lanes.get(delivery.abonnementId) as Lane
    lane.held -= 1
    this.#held -= 1
    this.#heldBytes -= delivery.body.length
    if (lane.held === 0) this.#lanes.delete(delivery.abonnementId)
  }

  /** Everything that is not in flight, to be given back; still held until it is forgotten. */
  takeWaiting(): ClaimedDelivery[] {
    this.#startable.clear()
    return [...this.#lanes.values()].flatMap((lane) => lane.waiting.splice(0))
  }

  /**
   * Starts nothing of this lane until `reopen`, one for each call. Both return what waits of it, to be given back;
   * still held until it is forgotten.
   */
  close(abonnementId: string): ClaimedDelivery[] {
    this.#closed.set(abonnementId, (this.#closed.get(abonnementId) ?? 0) + 1)
    this.#startable.delete(abonnementId)
    return this.#lanes.get(abonnementId)?.waiting.splice(0) ?? []
  }

  reopen(abonnementId: string): ClaimedDelivery[] {
    const reasons = (this.#closed.get(abonnementId) ?? 1) - 1
    if (reasons > 0) this.#closed.set(abonnementId, reasons)
    else this.#closed.delete(abonnementId)
    return this.#lanes.get(abonnementId)?.waiting.splice(0) ?? []
  }

  #markStartable(abonnementId: string, lane: Lane): void {
    if (lane.waiting.length === 0 || this.#closed.has(abonnementId)) return
    if (lane.inFlight < this.#capOf(abonnementId)) this.#startable.add(abonnementId)
  }
}
