import type { Clock, Random, Timers } from '../common/clock.ts'
import type { Claim, ClaimLane } from '../db/claim-deliveries.ts'
import type { DeliveryStore } from '../db/delivery-store.ts'
import { errorFacts } from '../observability/error-facts.ts'
import type { Logger } from '../observability/logger.ts'
import { cooldownMs } from './breaker.ts'
import type { EngineSettings } from './engine-settings.ts'
import type { Lanes } from './lanes.ts'

export type ClaimerOptions = {
  store: DeliveryStore
  owner: string
  clock: Clock
  timers: Timers
  random: Random
  logger: Logger
  lanes: Lanes
  settings: Pick<EngineSettings, 'pollMs'>
  /** The length of a lease of this abonnement. */
  leaseMsOf: (abonnementId: string) => number
  /** Takes claimed rows over. When it throws it has given them back. */
  onClaim: (claim: Claim) => Promise<void>
  /** Ready rows of these abonnementen stay behind, because the lanes are full: others may want them. */
  onLeftOver: (abonnementIds: string[]) => void
}

const COMPLAIN_EVERY_MS = 60_000
/** After so many claims for a lane that gave nothing, what is published for it is no reason for another. */
const IN_VAIN = 5

/**
 * Decides when to claim and for which lanes. One claim at a time; whatever happens meanwhile (a publish, an
 * attempt that ended) is taken up by the next turn, so claims grow with the load instead of multiplying.
 *
 *   waiting --nudge, timer, poll--> looking around --lanes with work and room--> claiming
 *      ^                                  |  ^                                       |
 *      +--- none, or the database fails --+  +---------------------------------------+
 *
 * A lane is hungry while it may have due rows: after a nudge, when a look around found some, and when a
 * claim filled its room. The poll finds everything in the end, so no wake-up has to be reliable. A lane that is
 * published for and gives nothing is closed (paused, blocked, at rest, behind a breaker): until the poll finds it open
 * it is left alone, or each message for a subscriber that is down would cost a transaction.
 */
export class Claimer {
  readonly #options: ClaimerOptions
  /** The lane that has waited longest for a claim first. */
  readonly #hungry = new Set<string>()
  /** Published here since the last turn: what cannot be taken of it is announced. */
  readonly #fresh = new Set<string>()
  /** How many claims in a row a lane gave nothing to. */
  readonly #inVain = new Map<string, number>()
  /** Lanes whose breaker is open and whose time is over, and since when they have been failing (epoch ms). */
  readonly #probes = new Map<string, number>()
  #lookAround = false
  #nextDueAt = Infinity
  #cancelTimer = (): void => {}
  #turn: Promise<void> | undefined
  #claiming: Promise<void> | undefined
  #complainedAt = -Infinity
  #running = false

  constructor(options: ClaimerOptions) {
    this.#options = options
  }

  start(): void {
    this.#running = true
    this.lookAround()
  }

  /** New rows of these abonnementen; `fresh` when this process published them. */
  nudge(abonnementIds: Iterable<string>, { fresh }: { fresh: boolean }): void {
    for (const id of abonnementIds) {
      if (!fresh) this.#inVain.delete(id)
      else if ((this.#inVain.get(id) ?? 0) >= IN_VAIN) continue
      else this.#fresh.add(id)
      this.#hungry.add(id)
    }
    if (this.#hungry.size > 0) this.wake()
  }

  /** Asks the database for everything that is due. */
  lookAround(): void {
    this.#lookAround = true
    this.wake()
  }

  /** A lane may have room again. */
  wake(): void {
    if (this.#running) this.#turn ??= this.#takeTurn()
  }

  /** Something is due at this moment (epoch ms): be there. */
  expect(dueAt: number): void {
    if (dueAt >= this.#nextDueAt) return
    this.#nextDueAt = dueAt
    if (this.#turn === undefined) this.#setTimer()
  }

  /** Claims no more. Resolves when a claim that is under way has been handed over. */
  async stop(): Promise<void> {
    this.#running = false
    this.#cancelTimer()
    await this.#turn
  }

  /** Resolves when a claim that is under way has been handed over: the next sees what is committed by now. */
  async claimed(): Promise<void> {
    await this.#claiming?.catch(() => {})
  }

  async #takeTurn(): Promise<void> {
    this.#cancelTimer()
    // On the next turn of the event loop, so that a group that was settled together makes room together.
    await new Promise((resolve) => setImmediate(resolve))
    try {
      while (this.#running) {
        if (this.#lookAround) await this.#findHungry()
        const rooms = this.#options.lanes.rooms(this.#hungry)
        if (rooms.length === 0) break
        this.#claiming = this.#claim(rooms)
        await this.#claiming
      }
      this.#announceLeftOver()
    } catch (error) {
      this.#complain(error)
    }
    this.#turn = undefined
    if (this.#running) this.#setTimer()
  }

  async #findHungry(): Promise<void> {
    this.#lookAround = false
    const due = await this.#options.store.due()
    const now = this.#options.clock.now()
    this.#nextDueAt = Infinity
    this.#probes.clear()
    for (const { abonnementId, dueAt, probe, failingSinceAt } of due) {
      if (dueAt > now) {
        this.#nextDueAt = Math.min(this.#nextDueAt, dueAt)
        continue
      }
      this.#hungry.add(abonnementId)
      this.#inVain.delete(abonnementId)
      if (probe) this.#probes.set(abonnementId, failingSinceAt ?? now)
    }
  }

  async #claim(rooms: readonly { abonnementId: string; room: number }[]): Promise<void> {
    const { store, owner, clock, onClaim } = this.#options
    // Before the claim, so that a nudge during it counts.
    for (const { abonnementId } of rooms) this.#hungry.delete(abonnementId)
    const now = clock.now()
    const lanes = rooms.map((room) => this.#lane(room, now))
    const claim = await store.claim({ owner, now, lanes })
    const counts = new Map<string, number>()
    for (const { abonnementId } of claim.deliveries) counts.set(abonnementId, (counts.get(abonnementId) ?? 0) + 1)
    for (const { abonnementId, room, probeUntilAt } of lanes) {
      const count = counts.get(abonnementId) ?? 0
      if (count === 0) this.#inVain.set(abonnementId, (this.#inVain.get(abonnementId) ?? 0) + 1)
      else this.#inVain.delete(abonnementId)
      if (probeUntilAt === undefined && count >= room) this.#hungry.add(abonnementId)
    }
    if (claim.deliveries.length > 0) await onClaim(claim)
  }

  /** A probe keeps others away for its cooldown, and for as long as it may take itself. */
  #lane({ abonnementId, room }: { abonnementId: string; room: number }, now: number): ClaimLane {
    const leaseMs = this.#options.leaseMsOf(abonnementId)
    const lane = { abonnementId, room, leasedUntilAt: now + leaseMs }
    const failingSinceAt = this.#probes.get(abonnementId)
    if (failingSinceAt === undefined) return lane
    this.#probes.delete(abonnementId)
    return { ...lane, probeUntilAt: now + Math.max(cooldownMs(failingSinceAt, now), leaseMs) }
  }

  #announceLeftOver(): void {
    const left = [...this.#fresh].filter((id) => this.#hungry.has(id))
    this.#fresh.clear()
    if (left.length > 0) this.#options.onLeftOver(left)
  }

  /** The poll fails every second during an outage; the log says so once a minute. */
  #complain(error: unknown): void {
    const { clock, logger } = this.#options
    if (clock.now() - this.#complainedAt < COMPLAIN_EVERY_MS) return
    this.#complainedAt = clock.now()
    logger.error(errorFacts(error), 'deliveries cannot be claimed')
  }

  #setTimer(): void {
    const { clock, timers, random, settings } = this.#options
    const poll = settings.pollMs * (0.9 + 0.2 * random())
    this.#cancelTimer()
    const waitMs = Math.max(0, Math.min(poll, this.#nextDueAt - clock.now()))
    this.#cancelTimer = timers.after(waitMs, () => this.lookAround())
  }
}
