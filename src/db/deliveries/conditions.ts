import { empty, join, raw, sqltag as sql, type Sql } from '@prisma/client/runtime/client'
import type { Client, Transaction } from '../open.ts'
import type { DeliveryId, StatusRange, Which } from './which.ts'

/**
 * The order of acceptance and the clock agree this well: a notificatie that came an hour before another has a lower
 * sequence. Only for skipping what cannot be in a period; the period itself is decided exactly.
 */
const AGREEMENT_MS = 3_600_000

/** Sequences between which a period lies, both not included; null: no bound. */
export type SequenceBounds = { after: number | null; before: number | null }

/** Two look-ups in the index of `received_at`, so that a period reads its own part of the tables' keys. */
export async function sequenceBounds(
  client: Client | Transaction,
  { receivedFrom, receivedUntil }: Which,
): Promise<SequenceBounds> {
  const after =
    receivedFrom === undefined
      ? []
      : await client.$queryRaw<{ sequence: bigint }[]>`
          SELECT sequence FROM notificatie WHERE received_at < ${BigInt(receivedFrom - AGREEMENT_MS)}
          ORDER BY received_at DESC LIMIT 1`
  const before =
    receivedUntil === undefined
      ? []
      : await client.$queryRaw<{ sequence: bigint }[]>`
          SELECT sequence FROM notificatie WHERE received_at > ${BigInt(receivedUntil + AGREEMENT_MS)}
          ORDER BY received_at LIMIT 1`
  const numberOf = (rows: { sequence: bigint }[]): number | null => (rows[0] ? Number(rows[0].sequence) : null)
  return { after: numberOf(after), before: numberOf(before) }
}

/** Which rows of `row` (an alias of `delivery` or `delivery_done`), joined with `notificatie`. Begins with AND. */
export function commonConditions(which: Which, { after, before }: SequenceBounds): Sql {
  const { sequence, abonnementId, kanaal, notificatieId, receivedFrom, receivedUntil } = which
  const conditions = [
    sequence === undefined ? empty : sql`AND row.sequence = ${BigInt(sequence)}`,
    abonnementId === undefined ? empty : sql`AND row.abonnement_id = ${abonnementId}`,
    kanaal === undefined ? empty : sql`AND notificatie.kanaal = ${kanaal}`,
    // By sequence: that is how both tables are ordered.
    notificatieId === undefined
      ? empty
      : sql`AND row.sequence = (SELECT sequence FROM notificatie WHERE id = ${notificatieId})`,
    after === null ? empty : sql`AND row.sequence > ${BigInt(after)}`,
    before === null ? empty : sql`AND row.sequence < ${BigInt(before)}`,
    receivedFrom === undefined ? empty : sql`AND notificatie.received_at >= ${BigInt(receivedFrom)}`,
    receivedUntil === undefined ? empty : sql`AND notificatie.received_at < ${BigInt(receivedUntil)}`,
  ]
  return join(conditions, ' ')
}

/** `status` and `error` are columns: what the last attempt got. Begins with AND. */
export function statusCondition(range: StatusRange | undefined, status: string, error: string): Sql {
  if (range === undefined) return empty
  if (range === 'timeout') return sql`AND ${raw(status)} IS NULL AND ${raw(error)} = 'timeout'`
  if (range === 'no-answer') return sql`AND ${raw(status)} IS NULL AND ${raw(error)} IS NOT NULL`
  return sql`AND ${raw(status)} >= ${range.from} AND ${raw(status)} < ${range.until}`
}

/** Older than `id`, in the order of a list. Begins with AND. */
export function olderThan(id: DeliveryId | undefined): Sql {
  return id === undefined
    ? empty
    : sql`AND (row.sequence, row.abonnement_id) < (${BigInt(id.sequence)}, ${id.abonnementId})`
}
