import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '../common/clock.ts'
import { GroupCommit, QueueFull } from '../common/group-commit.ts'
import { unavailable, type Problem } from '../common/problem.ts'
import type { Snapshot } from '../common/snapshot.ts'
import { acceptNotificaties, findAccepted, type AcceptRow } from '../db/accept.ts'
import type { Database } from '../db/open.ts'
import { isRowFault } from '../db/row-fault.ts'
import type { Logger } from '../observability/logger.ts'
import { STORED_FORMAT, storedBody } from './canonical.ts'
import { compileMatcher, type Matcher } from './match.ts'
import type { Notificatie } from './notificatie.ts'

/** What came of a publish: the id under which the message is known, and how many will get it. */
export type Published = { id: string; abonnementen: number }

export type Publisher = {
  /**
   * Stores a message and one delivery per matching abonnement; resolves when both are committed. Throws
   * Problem `unavailable` when they are not, or when that cannot be found out: never a false yes.
   */
  publish(notificatie: Notificatie, by: { clientId: string }): Promise<Published>
  /** Resolves when nothing is waiting to be committed. */
  idle(): Promise<void>
}

export type PublisherOptions = {
  database: Database
  snapshot: () => Snapshot
  reload: () => Promise<Snapshot>
  clock: Clock
  logger: Logger
  /** Called after a commit with the abonnementen that have something ready. */
  onCommitted: (abonnementIds: ReadonlySet<string>) => void
  limits?: Partial<typeof DEFAULT_LIMITS>
}

const DEFAULT_LIMITS = {
  maxBatch: 500,
  maxBatchBytes: 4 * 1024 * 1024,
  maxQueued: 10_000,
  maxQueuedBytes: 64 * 1024 * 1024,
}

/** Where a message without a source comes from, when no configuration says so either. */
const FALLBACK_SOURCE = 'urn:bode:notificaties'
/** Each turn means that somebody wrote a kanaal or abonnement meanwhile. */
const MAX_EPOCH_MOVES = 20

type Pending = { notificatie: Notificatie; id: string; body: string; clientId: string; receivedAt: number }

/**
 * The writer of accepted messages:
 *
 *   publish ─► queue ─► match against the snapshot ─► commit if the epoch still stands ─► onCommitted
 *                              ▲                               │
 *                              └──────── reload ◄── it moved ──┘
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const { database, clock, logger } = options
  const writer = new GroupCommit<Pending, Published>((batch) => commit(batch), {
    ...DEFAULT_LIMITS,
    ...options.limits,
    bytesOf: ({ body }) => Buffer.byteLength(body),
    failsWhole: (error) => !isRowFault(error),
  })
  let matcher: { snapshot: Snapshot; match: Matcher } | undefined

  /** Entries are compiled once per snapshot. */
  function matcherOf(snapshot: Snapshot): Matcher {
    if (matcher?.snapshot !== snapshot) matcher = { snapshot, match: compileMatcher(snapshot) }
    return matcher.match
  }

  async function commit(batch: readonly Pending[]): Promise<Published[]> {
    for (let move = 0; move < MAX_EPOCH_MOVES; move += 1) {
      const snapshot = move === 0 ? options.snapshot() : await options.reload()
      const match = matcherOf(snapshot)
      const rows = batch.map((pending) => toRow(pending, match(pending.notificatie)))
      if (await acceptOrFindOut(rows, snapshot.epoch)) {
        const ready = new Set(rows.flatMap(({ abonnementIds }) => abonnementIds))
        if (ready.size > 0) options.onCommitted(ready)
        return rows.map(({ id, abonnementIds }) => ({ id, abonnementen: abonnementIds.length }))
      }
    }
    throw new Error(`the catalog moved ${MAX_EPOCH_MOVES} times during one accept`)
  }

  /** A COMMIT whose answer got lost is settled by looking the rows up; they are there all or none. */
  async function acceptOrFindOut(rows: readonly AcceptRow[], epoch: number): Promise<boolean> {
    let committing = false
    const atCommit = (): void => {
      committing = true
    }
    try {
      return await acceptNotificaties(database, rows, { epoch, now: clock.now(), atCommit })
    } catch (error) {
      if (!committing) throw error
      const found = await findAccepted(
        database,
        rows.slice(0, 1).map(({ id }) => id),
      )
      if (found.size === 0) throw error
      logger.warn({ notificaties: rows.length }, 'the answer to a commit was lost; the rows are there')
      return true
    }
  }

  return {
    publish: async (notificatie, { clientId }) => {
      const id = uuidv7({ msecs: clock.now() })
      const eventSource = options.snapshot().settings.cloudEvents.source ?? FALLBACK_SOURCE
      const body = storedBody(notificatie, { id, eventSource })
      try {
        return await writer.add({ notificatie, id, body, clientId, receivedAt: clock.now() })
      } catch (error) {
        throw refusal(error)
      }
    },
    idle: () => writer.idle(),
  }
}

function toRow({ notificatie, id, body, clientId, receivedAt }: Pending, abonnementIds: string[]): AcceptRow {
  return { id, kanaal: notificatie.kanaal, body, format: STORED_FORMAT, clientId, receivedAt, abonnementIds }
}

function refusal(error: unknown): Problem {
  return error instanceof QueueFull
    ? unavailable(undefined, 'Er wachten te veel notificaties om opgeslagen te worden.')
    : unavailable(error, 'De notificatie kon niet worden opgeslagen.')
}
