// Longer than 250 lines: the laws share the facts that they judge by.
import type { Claim, ClaimedDelivery, ClaimLane, DeliveryKey } from '../../../src/db/claim-deliveries.ts'
import type { Settlement } from '../../../src/db/settle-deliveries.ts'
import type { AttemptResult } from '../../../src/delivery/outcome.ts'
import { keyOf, type DoneRow, type HotRow, type Message } from './backend.ts'
import type { Laws } from './laws.ts'

/** One request, from the moment that it left. */
export type Sent = {
  owner: string
  delivery: ClaimedDelivery
  /** Answered with 2xx, whether or not the sender learnt of it. */
  accepted: boolean
  /** What the sender made of it, and when it learnt that (epoch ms). */
  result: AttemptResult | undefined
  resultAt: number
  /** The database knows the outcome. */
  written: boolean
}

type Lease = { owner: string; attempt: number; queue: string | undefined }

/** One server process. */
type Process = { inFlight: number; lanes: Map<string, number>; killed: boolean; rests: Map<string, number> }

type Request = { notificatieId: string; abonnementId: string; attempt: number; body: string; version: number }

/** What is known of an abonnement from what was written. */
type Lane = { breakerOpen: boolean; probedAt: number; restUntilAt: number }

const MIN_COOLDOWN_MS = 5_000

/**
 * Watches everything that passes between engines, database and subscribers, and knows what must never happen
 * (delivery.md §7). It is told facts: what a statement did when it was carried out, not what its answer said.
 */
export class Oracle {
  readonly violations: string[] = []
  readonly #laws: Laws
  readonly #now: () => number
  readonly #messages = new Map<string, Message>()
  readonly #sent = new Map<string, Sent>()
  readonly #claimed = new Map<string, { delivery: ClaimedDelivery; epoch: number }>()
  readonly #leases = new Map<string, Lease>()
  readonly #processes = new Map<string, Process>()
  readonly #lanes = new Map<string, Lane>()
  readonly #notBefore = new Map<string, number>()
  readonly #failures = new Map<string, number>()
  /** The last of each ordering key that was delivered. */
  readonly #delivered = new Map<string, number>()
  /** Deliveries that were asked for; replays too. */
  asked = 0
  attempts = 0
  /** Outcomes that were not written because the lease was somebody else's by then. */
  lost = 0
  /** Times that the database was asked for nothing. */
  idle = 0

  constructor(laws: Laws, now: () => number) {
    this.#laws = laws
    this.#now = now
  }

  published(message: Message): void {
    this.#messages.set(message.id, message)
    this.asked += message.addressees.length
  }

  orderingKeyOf(notificatieId: string, abonnementId: string): string | null {
    const addressees = this.#messages.get(notificatieId)?.addressees ?? []
    return addressees.find((each) => each.abonnementId === abonnementId)?.orderingKey ?? null
  }

  started(owner: string): void {
    this.#processes.set(owner, { inFlight: 0, lanes: new Map(), killed: false, rests: new Map() })
  }

  killed(owner: string): void {
    this.#process(owner).killed = true
  }

  removed(abonnementId: string): void {
    this.#lanes.delete(abonnementId)
    for (const key of this.#leases.keys()) if (key.split(' ')[1] === abonnementId) this.#leases.delete(key)
  }

  /** Leases as the database has them, after it took some away. */
  leasesAre(rows: readonly HotRow[]): void {
    this.#leases.clear()
    for (const row of rows) {
      if (row.state !== 1) continue
      this.#leases.set(keyOf(row), { owner: row.leaseOwner as string, attempt: row.attempt, queue: this.#queueOf(row) })
    }
  }

  claimed(owner: string, now: number, lanes: readonly ClaimLane[], { epoch, deliveries }: Claim): void {
    this.#demand(this.#laws.clockJumps || now <= this.#now(), 'I9', `${owner} claims for a moment that is yet to come`)
    if (deliveries.length === 0) this.idle += 1
    for (const { abonnementId, room } of lanes) {
      const count = deliveries.filter((delivery) => delivery.abonnementId === abonnementId).length
      this.#demand(count <= room, 'I8', `${owner} is given ${count} of ${abonnementId}, more than its room ${room}`)
      if (count > 0) this.#laneClaimed(owner, abonnementId, now, count)
    }
    for (const delivery of deliveries) {
      const key = keyOf(delivery)
      const lease = this.#leases.get(key)
      this.#demand(lease === undefined, 'I17', `${key} is leased to ${owner} and to ${lease?.owner}`)
      this.#demandAlone(delivery)
      this.#leases.set(key, { owner, attempt: delivery.attempt, queue: this.#queueOf(delivery) })
      this.#claimed.set(requestKey(owner, delivery), { delivery, epoch })
      const notBefore = this.#notBefore.get(key) ?? 0
      this.#demand(this.#laws.clockJumps || now >= notBefore, 'I9', `${key} is claimed ${notBefore - now} ms early`)
    }
  }

  #demandAlone(delivery: ClaimedDelivery): void {
    const queue = this.#queueOf(delivery)
    if (queue === undefined) return
    const other = [...this.#leases].find(([, lease]) => lease.queue === queue)
    this.#demand(other === undefined, 'I11', `${keyOf(delivery)} goes beside ${other?.[0]} of its ordering key`)
  }

  #laneClaimed(owner: string, abonnementId: string, now: number, count: number): void {
    const lane = this.#lane(abonnementId)
    if (!this.#laws.clockJumps) {
      this.#demand(
        now >= lane.restUntilAt,
        'I9',
        `${abonnementId} is claimed ${lane.restUntilAt - now} ms into its rest`,
      )
    }
    if (!lane.breakerOpen) return
    this.#demand(count === 1, 'I10', `${owner} gets ${count} rows of ${abonnementId} through an open breaker`)
    const since = now - lane.probedAt
    this.#demand(
      this.#laws.clockJumps || since >= MIN_COOLDOWN_MS,
      'I10',
      `${abonnementId} is probed again after ${since} ms`,
    )
    lane.probedAt = now
  }

  /** Only the keys whose outcome was written, in the order of the request. */
  settled(owner: string, settlements: readonly Settlement[], written: readonly boolean[]): void {
    for (const [index, settlement] of settlements.entries()) {
      const key = keyOf(settlement)
      const lease = this.#leases.get(key)
      const isHeld = lease?.owner === owner && lease.attempt === settlement.attempt
      this.#demand(
        written[index] === isHeld,
        'fence',
        `${owner} settles ${key} #${settlement.attempt}: ${written[index]}`,
      )
      if (written[index] === true) this.#written(owner, settlement)
      else this.lost += 1
    }
  }

  #written(owner: string, settlement: Settlement): void {
    const { abonnementId, outcome, dueAt, change, attempt } = settlement
    const key = keyOf(settlement)
    const sent = this.#sent.get(claimKey(owner, settlement))
    this.#leases.delete(key)
    if (sent !== undefined) sent.written = true
    if (outcome === 'cancelled') return
    this.#demand(sent?.result !== undefined, 'I3', `${key} #${attempt} is ${outcome} without an answer`)
    if (sent?.result === undefined) return
    const succeeded = sent.result.kind === 'answer' && sent.result.status < 300
    this.#demand(
      succeeded === (outcome === 'delivered'),
      'I3',
      `${key} #${attempt} is ${outcome} after ${describe(sent)}`,
    )
    const failures = this.#failures.get(key) ?? 0
    if (succeeded) this.#demandInOrder(sent.delivery)
    const counts = !succeeded && !(sent.result.kind === 'answer' && sent.result.status === 410)
    if (counts) this.#failures.set(key, failures + 1)
    const { earliestAt, latestAt } = this.#laws.nextAttempt(abonnementId, sent.result, sent.resultAt, failures)
    if (outcome === 'dead') {
      this.#demand(failures >= this.#laws.maxRetries(abonnementId), 'I4', `${key} is dead after ${failures} retries`)
    }
    if (outcome === 'retry' && dueAt !== null) {
      this.#demand(
        dueAt >= earliestAt && dueAt <= latestAt,
        'I9',
        `${key} due ${dueAt - sent.resultAt} ms after it failed`,
      )
      this.#notBefore.set(key, earliestAt)
    }
    this.#learn(abonnementId, change, sent)
  }

  /** Replays come later than what they repeat; the first time is in order. */
  #demandInOrder(delivery: ClaimedDelivery): void {
    const queue = this.#queueOf(delivery)
    if (queue === undefined || delivery.replay > 0) return
    const last = this.#delivered.get(queue) ?? 0
    this.#demand(delivery.sequence > last, 'I11', `${keyOf(delivery)} is delivered after ${last} of its ordering key`)
    this.#delivered.set(queue, delivery.sequence)
  }

  #learn(abonnementId: string, change: Settlement['change'], sent: Sent): void {
    const lane = this.#lane(abonnementId)
    if (change?.kind === 'open') {
      if (!lane.breakerOpen) lane.probedAt = sent.resultAt
      lane.breakerOpen = true
    }
    if (change?.kind === 'close') {
      this.#lanes.delete(abonnementId)
      for (const { rests } of this.#processes.values()) rests.delete(abonnementId)
    } else lane.restUntilAt = Math.max(lane.restUntilAt, this.#laws.restUntilAt(sent.result, sent.resultAt))
  }

  released(
    owner: string,
    leases: readonly { sequence: number; abonnementId: string; replay: number; attempt: number }[],
  ) {
    for (const lease of leases) {
      const held = this.#leases.get(keyOf(lease))
      if (held?.owner === owner && held.attempt === lease.attempt) this.#leases.delete(keyOf(lease))
    }
  }

  /** A request leaves. Returns it, to be told what becomes of it. */
  sends(owner: string, what: Request): Sent {
    const claimed = this.#claimed.get(requestKey(owner, what))
    const name = `${owner} -> ${what.abonnementId} ${what.notificatieId} #${what.attempt}`
    if (claimed === undefined) throw new Error(`${name}: sent without a claim`)
    const { delivery, epoch } = claimed
    const message = this.#messages.get(what.notificatieId)
    this.attempts += 1
    this.#demand(!this.#sent.has(claimKey(owner, delivery)), 'I6', `${name}: sent twice for one claim`)
    this.#demand(message?.body === what.body, 'I3', `${name}: other bytes`)
    const version = this.#laws.versionAt(epoch, what.abonnementId)
    this.#demand(what.version >= version, 'epoch', `${name}: sent with version ${what.version}, ${version} was claimed`)
    const left = delivery.leasedUntilAt - this.#now()
    const timeout = this.#laws.timeoutMs(what.abonnementId)
    this.#demand(left >= timeout, 'lease', `${name}: ${left} ms of the lease left for ${timeout} ms`)
    this.#countIn(owner, what.abonnementId, name)
    const sent: Sent = { owner, delivery, accepted: false, result: undefined, resultAt: 0, written: false }
    this.#sent.set(claimKey(owner, delivery), sent)
    return sent
  }

  #countIn(owner: string, abonnementId: string, name: string): void {
    const process = this.#process(owner)
    const inLane = (process.lanes.get(abonnementId) ?? 0) + 1
    process.lanes.set(abonnementId, inLane)
    process.inFlight += 1
    const { maxInFlight } = this.#laws
    this.#demand(inLane <= this.#laws.maxConcurrency(abonnementId), 'I8', `${name}: ${inLane} at once in its lane`)
    this.#demand(process.inFlight <= maxInFlight, 'I8', `${name}: ${process.inFlight} at once`)
    const restUntilAt = process.rests.get(abonnementId) ?? 0
    // When its outcome can get lost, so can the rest that it asked for.
    const mayForget = this.#laws.clockJumps || this.#laws.leasesMayBeLost
    this.#demand(mayForget || this.#now() >= restUntilAt, 'I9', `${name}: within the rest that it knows of`)
  }

  /** The sender learns how its request ended. */
  learns(sent: Sent, result: AttemptResult | undefined): void {
    const process = this.#process(sent.owner)
    const { abonnementId } = sent.delivery
    process.lanes.set(abonnementId, (process.lanes.get(abonnementId) ?? 0) - 1)
    process.inFlight -= 1
    sent.result = result
    sent.resultAt = this.#now()
    const restUntilAt = Math.max(process.rests.get(abonnementId) ?? 0, this.#laws.restUntilAt(result, sent.resultAt))
    process.rests.set(abonnementId, restUntilAt)
  }

  /** When a schedule has ended and everything should be delivered. */
  finish(done: readonly DoneRow[], hot: readonly HotRow[]): void {
    this.#demand(hot.length === 0, 'liveness', `${hot.length} deliveries never end`)
    this.#demand(done.length + hot.length === this.asked, 'I4', `asked ${this.asked}, done ${done.length}`)
    this.#demand(new Set(done.map(keyOf)).size === done.length, 'I4', 'a delivery ended twice')
    const accepted = new Map<string, Sent[]>()
    for (const sent of this.#sent.values()) {
      if (sent.accepted) accepted.set(keyOf(sent.delivery), [...(accepted.get(keyOf(sent.delivery)) ?? []), sent])
    }
    for (const row of done) {
      const key = keyOf(row)
      const times = accepted.get(key)?.length ?? 0
      if (row.outcome === 'delivered') this.#demand(times > 0, 'I1', `${key} is delivered but nobody got it`)
      if (row.outcome === 'cancelled') this.#demand(!this.#laws.exists(row.abonnementId), 'I1', `${key} was cancelled`)
    }
    for (const [key, all] of accepted) this.#demandExcused(key, all)
  }

  /** I6: all but one were in flight at a kill, had an answer that got lost, or the lease was lost. */
  #demandExcused(key: string, all: readonly Sent[]): void {
    const once = all.filter(({ owner, result, written }) => {
      const learnt = result?.kind === 'answer' && result.status < 300
      return learnt && !this.#process(owner).killed && (written || !this.#laws.leasesMayBeLost)
    })
    const who = once.map(({ owner, delivery }) => `${owner} #${delivery.attempt}`).join(', ')
    this.#demand(once.length <= 1, 'I6', `${key} was delivered by ${who}`)
  }

  /** What has to go out one after the other has the same; as it was published, not as the row says. */
  #queueOf({ notificatieId, abonnementId }: { notificatieId: string; abonnementId: string }): string | undefined {
    const orderingKey = this.orderingKeyOf(notificatieId, abonnementId)
    return orderingKey === null ? undefined : `${abonnementId} ${orderingKey}`
  }

  #process(owner: string): Process {
    return this.#processes.get(owner) as Process
  }

  #lane(abonnementId: string): Lane {
    const lane = this.#lanes.get(abonnementId) ?? { breakerOpen: false, probedAt: -Infinity, restUntilAt: 0 }
    this.#lanes.set(abonnementId, lane)
    return lane
  }

  #demand(holds: boolean, law: string, what: string): void {
    if (!holds) this.violations.push(`${law}: ${what}`)
  }
}

function requestKey(
  owner: string,
  { notificatieId, abonnementId, attempt }: { notificatieId: string; abonnementId: string; attempt: number },
): string {
  return `${owner} ${notificatieId} ${abonnementId} ${attempt}`
}

/** One claim of one row: what may be sent once. */
function claimKey(owner: string, claim: DeliveryKey & { attempt: number }): string {
  return `${owner} ${keyOf(claim)} ${claim.attempt}`
}

function describe({ result }: Sent): string {
  return result?.kind === 'answer' ? `status ${result.status}` : String(result?.error)
}
