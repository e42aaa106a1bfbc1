import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '../common/clock.ts'
import { orderingOf } from '../common/delivery-settings.ts'
import { GroupCommit, QueueFull } from '../common/group-commit.ts'
import { orderingKey } from '../common/ordering-key.ts'
import { Problem, unavailable } from '../common/problem.ts'
import type { Snapshot } from '../common/snapshot.ts'
import { acceptNotificaties, findAccepted, type Accepted, type AcceptRow, type Addressee } from '../db/accept.ts'
import { findIdempotencyKeys } from '../db/idempotency-keys.ts'
import type { Database } from '../db/open.ts'
import { isRowFault } from '../db/row-fault.ts'
import type { Logger } from '../observability/logger.ts'
import { NO_OBSERVER, type Observer } from '../observability/observer.ts'
import { EVENT_FORMAT, STORED_FORMAT, storedBody, storedEvent } from './canonical.ts'
import type { CloudEvent } from './cloud-event.ts'
import { compileEventMatcher, type EventMatcher } from './match-event.ts'
import { compileMatcher, type Matcher } from './match.ts'
import type { Notificatie } from './notificatie.ts'
import { identify, onceOf } from './once.ts'
import { eventObject } from './stored-object.ts'

/** What came of a publish: the id under which the message is known, and whether that was so before. */
export type Published = { id: string; repeated: boolean }

/** Who publishes; with a key of its own choice the same message within 24 h is the same publication. */
export type PublishedBy = {
  clientId: string
  idempotencyKey?: string | undefined
  /** For what becomes of it; null or absent: nobody traces. */
  traceparent?: string | null
}

export type Publisher = {
  /**
   * Stores a message and one delivery per matching abonnement; resolves when both are committed. Throws
   * Problem `unavailable` when they are not, or when that cannot be found out: never a false yes. Throws
   * Problem `conflict` when the key was used for another message.
   */
  publish(notificatie: Notificatie, by: PublishedBy): Promise<Published>
  /** The same for a posted CloudEvent. */
  publishEvent(event: CloudEvent, by: PublishedBy): Promise<Published>
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
  /** Told of every write that the database took, and with the error of one that it did not take. */
  onWrite?: (fault?: unknown) => void
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
const KEY_OF_ANOTHER =
  'Deze Idempotency-Key is in de afgelopen 24 uur gebruikt voor een verzoek met een andere inhoud. ' +
  'Geef elk nieuw verzoek een eigen key.'
/** Each turn means that somebody wrote a kanaal or abonnement meanwhile, or used one of the keys. */
const MAX_TURNS = 20

type Pending = Omit<AcceptRow, 'addressees'> & {
  route: (matchers: Matchers) => string[]
  /** What the message is about, for whoever wants those in order; undefined: nothing in particular. */
  object: string | undefined
}
type Matchers = { snapshot: Snapshot; notificatie: Matcher; event: EventMatcher }

/**
 * The writer of accepted messages:
 *
 *   publish ─► queue ─► without repeats ─► match against the snapshot ─► commit if the epoch ─► onCommitted
 *                              ▲                                         still stands and
 *                              │                                         the keys are free
 *                              ├───────────────── a key was used ◄─────────────┤
 *                              └─────── reload ◄── the epoch moved ◄───────────┘
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const { database, clock, logger, observer = NO_OBSERVER } = options
  const writer = new GroupCommit<Pending, Published | undefined>((batch) => commit(batch), {
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

  /** Undefined for one whose key was used for another message. */
  async function commit(batch: readonly Pending[]): Promise<(Published | undefined)[]> {
    const keys = batch.flatMap(({ once }) => once ?? [])
    let snapshot = options.snapshot()
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const current = matchersOf(snapshot)
      const { fresh, identities } = identify(batch, await findIdempotencyKeys(database, keys, clock.now()))
      const rows = fresh.map(({ route, object, ...row }) => ({
        ...row,
        addressees: route(current).map((id) => addressee(snapshot, id, object)),
      }))
      if (rows.length > 0) {
        const accepted = await acceptOrFindOut(rows, snapshot.epoch)
        if (accepted === 'moved') snapshot = await options.reload()
        if (accepted !== 'accepted') continue
        observer.committed(rows.length)
      }
      const ready = new Set(rows.flatMap(({ addressees }) => addressees.map(({ abonnementId }) => abonnementId)))
      if (ready.size > 0) options.onCommitted(ready)
      return identities
    }
    throw new Error(`the catalog moved or keys were used ${MAX_TURNS} times during one accept`)
  }

  /** A COMMIT whose answer got lost is settled by looking the rows up; they are there all or none. */
  async function acceptOrFindOut(rows: readonly AcceptRow[], epoch: number): Promise<Accepted> {
    let committing = false
    const atCommit = (): void => {
      committing = true
    }
    try {
      const accepted = await acceptNotificaties(database, rows, { epoch, now: clock.now(), atCommit })
      if (accepted === 'accepted') options.onWrite?.()
      return accepted
    } catch (error) {
      if (!isRowFault(error)) options.onWrite?.(error)
      if (!committing) throw error
      const found = await findAccepted(
        database,
        rows.slice(0, 1).map(({ id }) => id),
      )
      if (found.size === 0) throw error
      options.onWrite?.()
      logger.warn({ notificaties: rows.length }, 'the answer to a commit was lost; the rows are there')
      return 'accepted'
    }
  }

  async function accept(pending: Pending): Promise<Published> {
    const begunAt = performance.now()
    const took = (): number => performance.now() - begunAt
    const published = await writer.add(pending).catch((error: unknown) => {
      observer.accepted(error instanceof QueueFull ? 'full' : 'failed', took())
      throw refusal(error)
    })
    if (published === undefined) throw new Problem('conflict', { detail: KEY_OF_ANOTHER })
    observer.accepted(published.repeated ? 'repeated' : 'stored', took())
    return published
  }

  return {
    publish: async (notificatie, { clientId, idempotencyKey, traceparent = null }) => {
      const receivedAt = clock.now()
      const id = uuidv7({ msecs: receivedAt })
      const eventSource = eventSourceOf(options.snapshot(), clientId)
      const body = storedBody(notificatie, { id, eventSource })
      const once = onceOf(idempotencyKey, clientId, notificatie)
      const facts = { kanaal: notificatie.kanaal, body, format: STORED_FORMAT, clientId, receivedAt, traceparent }
      const route = (matchers: Matchers): string[] => matchers.notificatie(notificatie)
      return accept({ id, ...facts, once, object: notificatie.hoofdObject, route })
    },
    publishEvent: async (event, { clientId, idempotencyKey, traceparent = null }) => {
      const receivedAt = clock.now()
      const id = uuidv7({ msecs: receivedAt })
      const once = onceOf(idempotencyKey, clientId, event)
      const body = storedEvent(event)
      const facts = { kanaal: NO_KANAAL, body, format: EVENT_FORMAT, clientId, receivedAt, traceparent }
      const object = eventObject(event.source, event.subject)
      return accept({ id, ...facts, once, object, route: (matchers) => matchers.event(event) })
    },
    queue: () => {
      const { items: notificaties, bytes } = writer.queued()
      return { notificaties, bytes }
    },
    idle: () => writer.idle(),
  }
}

/** `source` for a message of `clientId` that names none. */
function eventSourceOf({ clientCredentials, settings }: Snapshot, clientId: string): string {
  return clientCredentials.get(clientId)?.cloudEventsSource ?? settings.cloudEvents.source ?? FALLBACK_SOURCE
}

/** An abonnement that gets its messages in order gets this one behind the others about `object`. */
function addressee(snapshot: Snapshot, abonnementId: string, object: string | undefined): Addressee {
  const ordering = orderingOf(snapshot.settings.delivery, snapshot.abonnementen.get(abonnementId))
  return { abonnementId, orderingKey: orderingKey(ordering, object) }
}

function refusal(error: unknown): Problem {
  return error instanceof QueueFull
    ? unavailable(undefined, 'Er wachten te veel notificaties om opgeslagen te worden.')
    : unavailable(error, 'De notificatie kon niet worden opgeslagen.')
}
