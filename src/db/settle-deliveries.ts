import { changeState, type StateChange } from './abonnement-state.ts'
import type { DeliveryKey } from './claim-deliveries.ts'
import type { Database } from './open.ts'
import type { Statements } from './statements.ts'
import { letNextGo, lockOrderingKeys, orderingKeysOf } from './ordering-keys.ts'
import type { Provider } from './target.ts'

/** How one leased delivery goes on after its attempt. */
export type Settlement = DeliveryKey & {
  notificatieId: string
  orderingKey: string | null
  /** The attempt of the claim: together with the owner the fence. */
  attempt: number
  outcome: 'retry' | 'delivered' | 'dead' | 'cancelled'
  /** Only for a retry: from when it may be claimed again. */
  dueAt: number | null
  /** Failed attempts so far that count for the retry schedule. */
  failures: number
  /** Only for an end. */
  reason: string | null
  /** What happened on the wire; null when nothing was sent (a cancelled delivery). */
  tried: Tried | null
  /** What it showed of the subscriber, if that changes anything. */
  change?: StateChange
}

export type Tried = {
  startedAt: number
  durationMs: number
  status: number | null
  error: string | null
  /** What explains it, without a secret or payload. */
  detail?: string | null
  /** The beginning of the answer, when that is kept. */
  responseHead?: string | null
}

/**
 * Writes outcomes in one transaction: an end moves the row from `delivery` to `delivery_done`, a retry makes
 * it ready again, each try becomes a row of `attempt`, and the next of an ordering key may go when the one before
 * it has ended. Returns for each settlement whether it was written: false means that the lease was lost (taken over, or the row cancelled) and nothing was changed.
 */
export async function settleDeliveries(
  database: Database,
  { owner, now, settlements }: { owner: string; now: number; settlements: readonly Settlement[] },
): Promise<boolean[]> {
  const rows = settlements.map((settlement) => toRow(settlement)).toSorted(byKey)
  const ends = rows.filter((row) => row.outcome !== 'retry')
  const retries = rows.filter((row) => row.outcome === 'retry')
  const written = await database.rawTransaction(async (tx) => {
    const { provider } = database
    await lockOrderingKeys(tx, provider, orderingKeysOf(ends))
    const keys = [
      ...(ends.length > 0 ? await remove(tx, provider, owner, ends) : []),
      ...(retries.length > 0 ? await makeReady(tx, provider, owner, retries) : []),
    ]
    const held = new Set(keys.map(textOf))
    const isHeld = (row: Row): boolean => held.has(textOf(row))
    await insertDone(tx, provider, now, ends.filter(isHeld))
    await insertAttempts(
      tx,
      provider,
      owner,
      rows.filter((row) => isHeld(row) && row.startedAt !== null),
    )
    await letNextGo(tx, provider, orderingKeysOf(ends.filter(isHeld)))
    for (const settlement of settlements) {
      const { change } = settlement
      if (change !== undefined && held.has(textOf(settlement))) await changeState(tx, change, now)
    }
    return held
  })
  return settlements.map((settlement) => written.has(textOf(settlement)))
}

/** A settlement as the statements read it from JSON. */
type Row = ReturnType<typeof toRow>
type Key = { sequence: number | bigint; abonnementId: string; replay: number | bigint }

function toRow({ tried, outcome, attempt, change: _change, ...rest }: Settlement) {
  return {
    ...rest,
    outcome,
    attempt,
    // What was claimed but never sent does not count as an attempt in the history.
    attempts: tried === null ? attempt - 1 : attempt,
    startedAt: tried?.startedAt ?? null,
    durationMs: tried === null ? null : Math.round(tried.durationMs),
    status: tried?.status ?? null,
    error: tried?.error ?? null,
    detail: tried?.detail ?? null,
    responseHead: tried?.responseHead ?? null,
  }
}

/** Rows are written in the order of their key everywhere, so that two writers never wait for each other. */
function byKey(a: Row, b: Row): number {
  return a.sequence - b.sequence || (a.abonnementId < b.abonnementId ? -1 : 1) || a.replay - b.replay
}

function textOf({ sequence, abonnementId, replay }: Key): string {
  return `${sequence} ${abonnementId} ${replay}`
}

// On SQLite rows come as lists and not as objects: it finds a place faster than a name.

/**
 * The fence: state, owner and attempt are those of the claim. (On SQLite not a row value IN a list: that
 * probes every sequence with every abonnement of the list.)
 */
function remove(tx: Statements, provider: Provider, owner: string, rows: readonly Row[]): Promise<Key[]> {
  const lists = rows.map(({ sequence, abonnementId, replay, attempt }) => [sequence, abonnementId, replay, attempt])
  return provider === 'sqlite'
    ? tx.$queryRaw<Key[]>`
        DELETE FROM delivery WHERE rowid IN (
          SELECT row.rowid FROM json_each(${JSON.stringify(lists)}) AS item CROSS JOIN delivery AS row
          WHERE row.sequence = item.value->>0 AND row.abonnement_id = item.value->>1
            AND row.replay = item.value->>2 AND row.attempt = item.value->>3
            AND row.state = 1 AND row.lease_owner = ${owner})
        RETURNING sequence, abonnement_id AS "abonnementId", replay`
    : tx.$queryRaw<Key[]>`
        DELETE FROM delivery AS row
        USING json_to_recordset(${JSON.stringify(rows)}::json)
                AS item(sequence bigint, "abonnementId" text, replay int, attempt int)
        WHERE row.sequence = item.sequence AND row.abonnement_id = item."abonnementId" AND row.replay = item.replay
          AND row.state = 1 AND row.lease_owner = ${owner} AND row.attempt = item.attempt
        RETURNING row.sequence, row.abonnement_id AS "abonnementId", row.replay`
}

function makeReady(tx: Statements, provider: Provider, owner: string, rows: readonly Row[]): Promise<Key[]> {
  const json = JSON.stringify(rows)
  return provider === 'sqlite'
    ? tx.$queryRaw<Key[]>`
        UPDATE delivery SET state = 0, due_at = item.value->>'dueAt', failures = item.value->>'failures',
          lease_owner = NULL, leased_until_at = NULL
        FROM json_each(${json}) AS item
        WHERE sequence = item.value->>'sequence' AND abonnement_id = item.value->>'abonnementId'
          AND replay = item.value->>'replay' AND attempt = item.value->>'attempt'
          AND state = 1 AND lease_owner = ${owner}
        RETURNING sequence, abonnement_id AS "abonnementId", replay`
    : tx.$queryRaw<Key[]>`
        UPDATE delivery AS row
        SET state = 0, due_at = item."dueAt", failures = item.failures, lease_owner = NULL, leased_until_at = NULL
        FROM json_to_recordset(${json}::json)
               AS item(sequence bigint, "abonnementId" text, replay int, attempt int, "dueAt" bigint, failures int)
        WHERE row.sequence = item.sequence AND row.abonnement_id = item."abonnementId" AND row.replay = item.replay
          AND row.state = 1 AND row.lease_owner = ${owner} AND row.attempt = item.attempt
        RETURNING row.sequence, row.abonnement_id AS "abonnementId", row.replay`
}

async function insertDone(tx: Statements, provider: Provider, now: number, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const finishedAt = BigInt(now)
  const lists = rows.map((row) => {
    const { sequence, abonnementId, replay, notificatieId, outcome, attempts, status, reason } = row
    return [sequence, abonnementId, replay, notificatieId, outcome, attempts, status, reason]
  })
  await (provider === 'sqlite'
    ? tx.$executeRaw`
        INSERT INTO delivery_done
          (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, last_status, reason, finished_at)
        SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, ${finishedAt}
        FROM json_each(${JSON.stringify(lists)})`
    : tx.$executeRaw`
        INSERT INTO delivery_done
          (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, last_status, reason, finished_at)
        SELECT sequence, "abonnementId", replay, "notificatieId", outcome, attempts, status, reason, ${finishedAt}
        FROM json_to_recordset(${JSON.stringify(rows)}::json) AS item(sequence bigint, "abonnementId" text, replay int,
          "notificatieId" text, outcome text, attempts int, status int, reason text)`)
}

async function insertAttempts(tx: Statements, provider: Provider, server: string, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const lists = rows.map((row) => {
    const { sequence, abonnementId, replay, attempt, startedAt, durationMs, status, error, detail, responseHead } = row
    return [sequence, abonnementId, replay, attempt, startedAt, durationMs, status, error, detail, responseHead]
  })
  await (provider === 'sqlite'
    ? tx.$executeRaw`
        INSERT INTO attempt
          (sequence, abonnement_id, replay, number, started_at, duration_ms, status, error, detail, response_head,
           server)
        SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8,
          value->>9, ${server}
        FROM json_each(${JSON.stringify(lists)})`
    : tx.$executeRaw`
        INSERT INTO attempt
          (sequence, abonnement_id, replay, number, started_at, duration_ms, status, error, detail, response_head,
           server)
        SELECT sequence, "abonnementId", replay, attempt, "startedAt", "durationMs", status, error, detail,
          "responseHead", ${server}
        FROM json_to_recordset(${JSON.stringify(rows)}::json) AS item(sequence bigint, "abonnementId" text, replay int, attempt int,
          "startedAt" bigint, "durationMs" int, status int, error text, detail text, "responseHead" text)`)
}
