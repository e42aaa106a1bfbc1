import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../common/clock.ts'
import {
  expireApplicatieRows,
  findApplicatieRow,
  removeApplicatieRow,
  removeApplicatieRows,
  saveApplicatieRow,
  type ApplicatieRow,
} from '../db/applicatie-rows.ts'
import type { Database } from '../db/open.ts'
import { errorFacts } from '../observability/error-facts.ts'
import type { Logger } from '../observability/logger.ts'
import type { Applicatie } from './applicatie.ts'
import type { Rights } from './authorize.ts'
import type { Consultation } from './autorisaties-api.ts'

export type ApplicatieCacheOptions = {
  database: Database
  clock: Clock
  logger: Logger
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

/**
 * What the Autorisaties API said, remembered in the database so that a restart and other replicas have
 * it too. The life of one client's answer:
 *
 *   nothing ──ask──► valid ──cacheFor passed, or expire()──► stale ──staleFor passed──► nothing
 *                      ▲                                       │
 *                      └───────────── asked again ◄────────────┘   no answer: still used
 *
 * One question per client id at a time. An answer without an applicatie ends the old one at once.
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
    if (row !== undefined && row.validUntilAt > now) return known(row)
    const failure = this.#failures.get(clientId)
    if (failure !== undefined && failure.until > now) return usable(row, now) ?? failure.rights
    const asked = this.#questions.get(clientId) ?? this.#ask(clientId, row)
    this.#questions.set(clientId, asked)
    const old = usable(row, now)
    return old === undefined ? asked : this.#waitFor(clientId, asked, old)
  }

  /** From now on every client is asked about again; old answers serve only while that fails. */
  async expire(): Promise<void> {
    this.#forget()
    await expireApplicatieRows(this.#options.database, this.#options.clock.now())
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

  async #ask(clientId: string, row: ApplicatieRow | undefined): Promise<Rights> {
    const { clock, consult, logger } = this.#options
    const expiries = this.#expiries
    try {
      const consultation = await consult(clientId)
      const now = clock.now()
      if ('failure' in consultation) {
        logger.warn({ clientId, why: consultation.why }, 'the Autorisaties API gave no usable answer')
        const rights: Rights = { kind: 'unknown', reason: consultation.failure }
        this.#failures.set(clientId, { rights, until: now + FAILURE_MS })
        return usable(row, now) ?? rights
      }
      return await this.#remember(clientId, consultation.applicaties, { now, outdated: expiries !== this.#expiries })
    } finally {
      this.#questions.delete(clientId)
    }
  }

  /** A slow API must not slow down a client whose old answer may be used; the question goes on. */
  async #waitFor(clientId: string, asked: Promise<Rights>, old: Rights): Promise<Rights> {
    const patience = new AbortController()
    const gaveUp = sleep(this.#options.patienceMs ?? PATIENCE_MS, old, { signal: patience.signal, ref: false })
    const first = await Promise.race([asked, gaveUp.catch(() => old)])
    patience.abort()
    if (first === old) this.#failures.set(clientId, { rights: old, until: this.#options.clock.now() + FAILURE_MS })
    return first
  }

  /** An answer to a question that an expiry overtook is used once, and asked for again next time. */
  async #remember(
    clientId: string,
    applicaties: Applicatie[],
    { now, outdated }: { now: number; outdated: boolean },
  ): Promise<Rights> {
    const { database, logger, periods } = this.#options
    const { cacheForMs, staleForMs } = periods()
    const row: ApplicatieRow = {
      clientId,
      applicaties: JSON.stringify(applicaties),
      fetchedAt: now,
      validUntilAt: outdated ? now : now + cacheForMs,
      usableUntilAt: now + cacheForMs + staleForMs,
    }
    const isEmpty = applicaties.length === 0
    const rights: Rights = isEmpty ? { kind: 'unknown', reason: 'no-applicatie' } : known(row)
    if (isEmpty && !outdated) this.#failures.set(clientId, { rights, until: now + FAILURE_MS })
    if (!outdated)
      this.#memory.set(clientId, { row: Promise.resolve(isEmpty ? undefined : row), until: now + MEMORY_MS })
    const saved = isEmpty ? removeApplicatieRow(database, clientId) : saveApplicatieRow(database, row)
    await saved.catch((error: unknown) => logger.warn(errorFacts(error), 'autorisaties could not be remembered'))
    return rights
  }
}

function usable(row: ApplicatieRow | undefined, now: number): Rights | undefined {
  return row !== undefined && row.usableUntilAt > now ? known(row) : undefined
}

function known(row: ApplicatieRow): Rights {
  const applicaties = JSON.parse(row.applicaties) as Applicatie[]
  return {
    kind: 'known',
    heeftAlleAutorisaties: applicaties.some((each) => each.heeftAlleAutorisaties),
    scopes: [...new Set(applicaties.flatMap(({ scopes }) => scopes))],
  }
}
