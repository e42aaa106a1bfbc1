import { postgresqlAccept } from './accept-postgresql.ts'
import { sqliteAccept } from './accept-sqlite.ts'
import { insertIdempotencyKeys, type IdempotencyKey } from './idempotency-keys.ts'
import { insertDeliveries, type NewDelivery } from './insert-deliveries.ts'
import type { Database } from './open.ts'
import type { Statements } from './statements.ts'
import { lockOrderingKeys, orderingKeysOf } from './ordering-keys.ts'
import type { Provider } from './target.ts'

/** Who gets a message, and what it must not overtake there; null: it may go at once. */
export type Addressee = { abonnementId: string; orderingKey: string | null }

/** One message to write, with the abonnementen that get it. */
export type AcceptRow = {
  id: string
  /** Empty for a posted CloudEvent: it has none. */
  kanaal: string
  body: string
  format: number
  clientId: string
  receivedAt: number
  /** Of the request that brought it; null or absent: nobody traces. */
  traceparent?: string | null
  addressees: readonly Addressee[]
  /** Under which it is remembered, so that it is not written again; no two rows have the same. */
  once?: IdempotencyKey | undefined
}

/** `moved`: the catalog is no longer at the epoch. `taken`: another accept remembers one of the keys. */
export type Accepted = 'accepted' | 'moved' | 'taken'

/** The statements of one accept, in this order and in one transaction. */
export type AcceptStatements = {
  /**
   * Takes `count` numbers of the sequence, oldest first, and keeps the catalog from moving until the
   * commit. Undefined, and nothing taken that matters, when the epoch is no longer `epoch`.
   */
  reserve(tx: Statements, epoch: number, count: number): Promise<bigint[] | undefined>
  insertNotificaties(tx: Statements, rows: readonly (AcceptRow & { sequence: number })[]): Promise<void>
  /**
   * All of it as one statement, where the database has such: for rows without keys. False: the epoch is no longer
   * `epoch`, and nothing is written.
   */
  acceptAtOnce?(tx: Statements, epoch: number, rows: readonly AcceptRow[], now: number): Promise<boolean>
}

const STATEMENTS: Record<Provider, AcceptStatements> = { sqlite: sqliteAccept, postgresql: postgresqlAccept }

/**
 * Writes messages and their deliveries in one transaction, if the catalog is still at `epoch`: at most
 * three statements however many rows, and one more each when some go out in order or have an idempotency key.
 * Unless it returns `accepted`, nothing is written.
 *
 * The commit is the last thing that happens, so an error after `atCommit` was called leaves it open
 * whether the rows are there; an error before it means that they are not.
 */
export async function acceptNotificaties(
  database: Database,
  rows: readonly AcceptRow[],
  { epoch, now, atCommit }: { epoch: number; now: number; atCommit: () => void },
): Promise<Accepted> {
  const { provider } = database
  const statements = STATEMENTS[provider]
  const orderingKeys = orderingKeysOf(rows.flatMap(({ addressees }) => addressees))
  const idempotencyKeys = rows.flatMap(({ id, once }) => (once === undefined ? [] : [{ ...once, notificatieId: id }]))
  if (statements.acceptAtOnce !== undefined && orderingKeys.length + idempotencyKeys.length === 0) {
    atCommit()
    const accepted = await database.rawStatement(async (tx) => statements.acceptAtOnce?.(tx, epoch, rows, now))
    return accepted === true ? 'accepted' : 'moved'
  }
  const work = async (tx: Statements): Promise<Accepted> => {
    await lockOrderingKeys(tx, provider, orderingKeys)
    const sequences = await statements.reserve(tx, epoch, rows.length)
    if (sequences === undefined) return 'moved'
    if (!(await insertIdempotencyKeys(tx, provider, idempotencyKeys, now))) throw new KeyTaken()
    const numbered = rows.map((row, index) => ({ ...row, sequence: Number(sequences[index]) }))
    await statements.insertNotificaties(tx, numbered)
    await insertDeliveries(tx, provider, numbered.flatMap(deliveriesOf), now)
    atCommit()
    return 'accepted'
  }
  try {
    return await database.rawTransaction(work)
  } catch (error) {
    if (error instanceof KeyTaken) return 'taken'
    throw error
  }
}

/** Undoes a transaction that has remembered some of its keys. */
class KeyTaken extends Error {
  override readonly name = 'KeyTaken'
}

/** Which of `ids` are in the database: how a COMMIT whose answer got lost is settled. */
export async function findAccepted(database: Database, ids: readonly string[]): Promise<Set<string>> {
  const rows = await database.reader.notificatie.findMany({ where: { id: { in: [...ids] } }, select: { id: true } })
  return new Set(rows.map(({ id }) => id))
}

function deliveriesOf({ id, sequence, addressees }: AcceptRow & { sequence: number }): NewDelivery[] {
  return addressees.map((addressee) => ({ ...addressee, sequence, notificatieId: id, replay: 0 }))
}
