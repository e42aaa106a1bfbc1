import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../common/clock.ts'
import {
  expireApplicatieRows,
  findApplicatieRow,
  removeApplicatieRow,
  removeApplicatieRows,
  removeRowsOfApplicatie,
  saveApplicatieRow,
  type ApplicatieRow,
} from '../db/applicatie-rows.ts'
import type { Database } from '../db/open.ts'
import { errorFacts } from '../observability/error-facts.ts'
import type { Logger } from '../observability/logger.ts'
import type { Observer } from '../observability/observer.ts'
import type { Applicatie } from './applicatie.ts'
import type { Rights } from './authorize.ts'
import type { Consultation } from './autorisaties-api.ts'

export type ApplicatieCacheOptions = {
  database: Database
  clock: Clock
  logger: Logger
  observer?: Observer
  /** Asks the Autorisaties API. Never throws. */
  consult: (clientId: string) => Promise<Consultation>
  /** How long an answer is used, and how much longer when the API does not answer. */
  periods: () => { cacheForMs: number; staleForMs: number }
  /** How long a client with a usable old answer waits for a new one. Default one second. */
  patienceMs?: number
}

/** For so long a row is taken from memory: another replica's refresh is seen within this time. */
const MEMORY_MS = 1_000
/** For so long a failure or an empty answer is repeated instead of asking again. */
const FAILURE_MS = 5_000
const PATIENCE_MS = 1_000

const UNREACHABLE: Rights = { kind: 'unknown', reason: 'unreachable' }

/**
 * What the Autorisaties API said, remembered in the database so that a restart and other replicas have
 * it too. The life of one client's answer:
 *
 *   nothing ──ask──► valid ──cacheFor passed, or expire()──► stale ──staleFor passed──► nothing
 *                      ▲                                       │
 *                      └───────────── asked again ◄────────────┘   no answer: still used
 *
 * One question per client id at a time. An answer without an applicatie ends the old one at once, and
 * so does word that one of its applicaties is gone.
 */
export class ApplicatieCache {
  readonly #options: ApplicatieCacheOptions
  readonly #memory = new Map<string, { row: Promise<ApplicatieRow | undefined>; until: number }>()
  readonly #failures = new Map<string, { rights: Rights; until: number }>()
  readonly #questions = new Map<string, Promise<Rights>>()
  #expiries = 0

  constructor(options: ApplicatieCacheOptions) {
    this.#options = options
  }

  async rightsOf(clientId: string): Promise<Rights> {
    const now = this.#options.clock.now()
    const row = await this.#row(clientId, now)
    const hit = row !== undefined && row.validUntilAt > now
    this.#options.observer?.lookedUp(hit ? 'hit' : 'miss')
    if (hit) return rightsIn(row)
    const failure = this.#failures.get(clientId)
    if (failure !== undefined && failure.until > now) return usable(row, now) ?? failure.rights
    const asked = this.#question(clientId, row)
    const old = usable(row, now)
    return old === undefined ? asked : this.#waitFor(clientId, asked, old)
  }

  /** From now on every client is asked about again; old answers serve only while that fails. */
  async expire(): Promise<void> {
    this.#forget()
    await expireApplicatieRows(this.#options.database, this.#options.clock.now())
    this.#forget()
  }

  /** Drops every answer that the applicatie `uuid` is in: it is gone, and so are its rights. */
  async remove(uuid: string): Promise<void> {
    this.#forget()
    await removeRowsOfApplicatie(this.#options.database, uuid)
    this.#forget()
  }

  /** Drops every answer: they came from another API. */
  async clear(): Promise<void> {
    this.#forget()
    await removeApplicatieRows(this.#options.database)
    this.#forget()
  }

  #forget(): void {
    this.#expiries += 1
    this.#memory.clear()
    this.#failures.clear()
    this.#questions.clear()
  }

  #row(clientId: string, now: number): Promise<ApplicatieRow | undefined> {
    const remembered = this.#memory.get(clientId)
    if (remembered !== undefined && remembered.until > now) return remembered.row
    const row = findApplicatieRow(this.#options.database, clientId).catch(async (error: unknown) => {
      this.#options.logger.warn(errorFacts(error), 'the remembered autorisaties cannot be read')
      return remembered?.row
    })
    this.#memory.set(clientId, { row, until: now + MEMORY_MS })
    return row
  }

  /** One at a time per client; but after an expiry nobody joins a question that was asked before it. */
  #question(clientId: string, row: ApplicatieRow | undefined): Promise<Rights> {
    const open = this.#questions.get(clientId)
    if (open !== undefined) return open
    const asked = this.#ask(clientId, row).finally(() => {
      if (this.#questions.get(clientId) === asked) this.#questions.delete(clientId)
    })
    this.#questions.set(clientId, asked)
    return asked
  }

  async #ask(clientId: string, old: ApplicatieRow | undefined): Promise<Rights> {
    const { clock, consult, database, logger } = this.#options
    const expiries = this.#expiries
    const consultation = await consult(clientId)
    const now = clock.now()
    if ('failure' in consultation) {
      this.#options.observer?.lookedUp('failure')
      logger.warn({ clientId, why: consultation.why }, 'the Autorisaties API gave no usable answer')
      const rights: Rights = { kind: 'unknown', reason: consultation.failure }
      this.#rest(clientId, rights, { now, expiries })
      return usable(old, now) ?? rights
    }
    const row = this.#rowOf(clientId, consultation.applicaties, now)
    // What an expiry overtook may be over: it is used once, and asked for again next time.
    if (expiries !== this.#expiries) return rightsIn(row)
    await this.#remember(row, now)
    // An expiry during the write may not have found the row.
    if (expiries !== this.#expiries) await this.#write(removeApplicatieRow(database, clientId))
    return rightsIn(row)
  }

  /** A slow API must not slow down a client whose old answer may be used; the question goes on. */
  async #waitFor(clientId: string, asked: Promise<Rights>, old: Rights): Promise<Rights> {
    const expiries = this.#expiries
    const patience = new AbortController()
    const gaveUp = sleep(this.#options.patienceMs ?? PATIENCE_MS, old, { signal: patience.signal, ref: false })
    const first = await Promise.race([asked, gaveUp.catch(() => old)])
    patience.abort()
    if (first === old) this.#rest(clientId, UNREACHABLE, { now: this.#options.clock.now(), expiries })
    return first
  }

  /** For a while nothing is asked about this client, unless what is known expired meanwhile. */
  #rest(clientId: string, rights: Rights, { now, expiries }: { now: number; expiries: number }): void {
    if (expiries === this.#expiries) this.#failures.set(clientId, { rights, until: now + FAILURE_MS })
  }

  #rowOf(clientId: string, applicaties: readonly Applicatie[], now: number): ApplicatieRow {
    const { cacheForMs, staleForMs } = this.#options.periods()
    return {
      clientId,
      applicaties: JSON.stringify(applicaties),
      fetchedAt: now,
      validUntilAt: now + cacheForMs,
      usableUntilAt: now + cacheForMs + staleForMs,
    }
  }

  async #remember(row: ApplicatieRow, now: number): Promise<void> {
    const { database } = this.#options
    const { clientId } = row
    const rights = rightsIn(row)
    const isEmpty = rights.kind === 'unknown'
    if (isEmpty) this.#failures.set(clientId, { rights, until: now + FAILURE_MS })
    this.#memory.set(clientId, { row: Promise.resolve(isEmpty ? undefined : row), until: now + MEMORY_MS })
    await this.#write(isEmpty ? removeApplicatieRow(database, clientId) : saveApplicatieRow(database, row))
  }

  /** What cannot be written down is asked for again. */
  async #write(writing: Promise<void>): Promise<void> {
    await writing.catch((error: unknown) =>
      this.#options.logger.warn(errorFacts(error), 'autorisaties could not be remembered'),
    )
  }
}

function usable(row: ApplicatieRow | undefined, now: number): Rights | undefined {
  return row !== undefined && row.usableUntilAt > now ? rightsIn(row) : undefined
}

/** Without an applicatie nothing is known; such an answer is in no table. */
function rightsIn(row: ApplicatieRow): Rights {
  const applicaties = JSON.parse(row.applicaties) as Applicatie[]
  if (applicaties.length === 0) return { kind: 'unknown', reason: 'no-applicatie' }
  return {
    kind: 'known',
    heeftAlleAutorisaties: applicaties.some((each) => each.heeftAlleAutorisaties),
    scopes: [...new Set(applicaties.flatMap(({ scopes }) => scopes))],
  }
}
