import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '../common/clock.ts'
import { orderingOf } from '../common/delivery-settings.ts'
import { GroupCommit, QueueFull } from '../common/group-commit.ts'
import { orderingKey } from '../common/ordering-key.ts'
import { unavailable, type Problem } from '../common/problem.ts'
import type { Snapshot } from '../common/snapshot.ts'
import { acceptNotificaties, findAccepted, type AcceptRow, type Addressee } from '../db/accept.ts'
import type { Database } from '../db/open.ts'
import { isRowFault } from '../db/row-fault.ts'
import type { Logger } from '../observability/logger.ts'
import { NO_OBSERVER, type Observer } from '../observability/observer.ts'
import { EVENT_FORMAT, STORED_FORMAT, storedBody, storedEvent } from './canonical.ts'
import type { CloudEvent } from './cloud-event.ts'
import { compileEventMatcher, type EventMatcher } from './match-event.ts'
import { compileMatcher, type Matcher } from './match.ts'
import type { Notificatie } from './notificatie.ts'

/** What came of a publish: the id under which the message is known, and how many will get it. */
export type Published = { id: string; abonnementen: number }

/** Who publishes, and the traceparent for what becomes of it; null or absent: nobody traces. */
export type Publishing = { clientId: string; traceparent?: string | null }

export type Publisher = {
  /**
   * Stores a message and one delivery per matching abonnement; resolves when both are committed. Throws
   * Problem `unavailable` when they are not, or when that cannot be found out: never a false yes.
   */
  publish(notificatie: Notificatie, by: Publishing): Promise<Published>
  /** The same for a posted CloudEvent. */
  publishEvent(event: CloudEvent, by: Publishing): Promise<Published>
  /** What is waiting to be committed. */
  queue(): { notificaties: number; bytes: number }
  /** Resolves when nothing is. */
  idle(): Promise<void>
}

export type PublisherOptions = {
  database: Database
  snapshot: () => Snapshot
  reload: () => Promise<Snapshot>
  clock: Clock
  logger: Logger
  observer?: Observer
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
/** What stands in the kanaal column of a CloudEvent; no kanaal has this name. */
const NO_KANAAL = ''
/** Each turn means that somebody wrote a kanaal or abonnement meanwhile. */
const MAX_EPOCH_MOVES = 20

type Pending = Omit<AcceptRow, 'addressees'> & {
  route: (matchers: Matchers) => string[]
  /** What the message is about, for whoever wants those in order; undefined: nothing in particular. */
  object: string | undefined
}
type Matchers = { snapshot: Snapshot; notificatie: Matcher; event: EventMatcher }

/**
 * The writer of accepted messages:
 *
 *   publish ─► queue ─► match against the snapshot ─► commit if the epoch still stands ─► onCommitted
 *                              ▲                               │
 *                              └──────── reload ◄── it moved ──┘
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const { database, clock, logger, observer = NO_OBSERVER } = options
  const writer = new GroupCommit<Pending, Published>((batch) => commit(batch), {
    ...DEFAULT_LIMITS,
    ...options.limits,
    bytesOf: ({ body }) => Buffer.byteLength(body),
    failsWhole: (error) => !isRowFault(error),
  })
  let matchers: Matchers | undefined

  /** Entries and filters are compiled once per snapshot. */
  function matchersOf(snapshot: Snapshot): Matchers {
    if (matchers?.snapshot !== snapshot) {
      matchers = { snapshot, notificatie: compileMatcher(snapshot), event: compileEventMatcher(snapshot) }
    }
    return matchers
  }

  async function commit(batch: readonly Pending[]): Promise<Published[]> {
    for (let move = 0; move < MAX_EPOCH_MOVES; move += 1) {
      const snapshot = move === 0 ? options.snapshot() : await options.reload()
      const current = matchersOf(snapshot)
      const rows = batch.map(({ route, object, ...row }) => ({
        ...row,
        addressees: route(current).map((id) => addressee(snapshot, id, object)),
      }))
      if (await acceptOrFindOut(rows, snapshot.epoch)) {
        observer.committed(rows.length)
        const ready = new Set(rows.flatMap(({ addressees }) => addressees.map(({ abonnementId }) => abonnementId)))
        if (ready.size > 0) options.onCommitted(ready)
        return rows.map(({ id, addressees }) => ({ id, abonnementen: addressees.length }))
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

  async function accept(pending: Pending): Promise<Published> {
    const begunAt = performance.now()
    try {
      const published = await writer.add(pending)
      observer.accepted('stored', performance.now() - begunAt)
      return published
    } catch (error) {
      observer.accepted(error instanceof QueueFull ? 'full' : 'failed', performance.now() - begunAt)
      throw refusal(error)
    }
  }

  return {
    publish: async (notificatie, { clientId, traceparent = null }) => {
      const receivedAt = clock.now()
      const id = uuidv7({ msecs: receivedAt })
      const eventSource = options.snapshot().settings.cloudEvents.source ?? FALLBACK_SOURCE
      const body = storedBody(notificatie, { id, eventSource })
      const row = { id, kanaal: notificatie.kanaal, body, format: STORED_FORMAT, clientId, receivedAt, traceparent }
      return accept({ ...row, object: notificatie.hoofdObject, route: (matchers) => matchers.notificatie(notificatie) })
    },
    publishEvent: async (event, { clientId, traceparent = null }) => {
      const receivedAt = clock.now()
      const id = uuidv7({ msecs: receivedAt })
      const row = {
        id,
        kanaal: NO_KANAAL,
        body: storedEvent(event),
        format: EVENT_FORMAT,
        clientId,
        receivedAt,
        traceparent,
      }
      return accept({ ...row, object: objectOf(event), route: (matchers) => matchers.event(event) })
    },
    queue: () => {
      const { items: notificaties, bytes } = writer.queued()
      return { notificaties, bytes }
    },
    idle: () => writer.idle(),
  }
}

/** An abonnement that gets its messages in order gets this one behind the others about `object`. */
function addressee(snapshot: Snapshot, abonnementId: string, object: string | undefined): Addressee {
  const ordering = orderingOf(snapshot.settings.delivery, snapshot.abonnementen.get(abonnementId))
  return { abonnementId, orderingKey: orderingKey(ordering, object) }
}

/** CloudEvents name what they are about with a subject that is unique within its source. */
function objectOf({ source, subject }: CloudEvent): string | undefined {
  return typeof subject === 'string' ? `${source} ${subject}` : undefined
}

function refusal(error: unknown): Problem {
  return error instanceof QueueFull
    ? unavailable(undefined, 'Er wachten te veel notificaties om opgeslagen te worden.')
    : unavailable(error, 'De notificatie kon niet worden opgeslagen.')
}
