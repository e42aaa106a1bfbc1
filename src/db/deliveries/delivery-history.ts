import type { DeliveryOutcome } from '../../common/deliveries.ts'
import type { Client, Transaction } from '../open.ts'
import type { DeliveryId } from './which.ts'

/** A run that ended. */
export type EndedRun = {
  replay: number
  outcome: DeliveryOutcome
  /** Epoch ms. */
  finishedAt: number
  attempts: number
  reason: string | null
}

/** One try on record. */
export type AttemptRow = {
  replay: number
  number: number
  /** Epoch ms. */
  startedAt: number
  durationMs: number
  status: number | null
  error: string | null
  detail: string | null
  responseHead: string | null
  server: string
}

/** The runs of a delivery that ended, and the attempts of all its runs, oldest first. By key. */
export async function deliveryHistory(
  client: Client | Transaction,
  { sequence, abonnementId }: DeliveryId,
): Promise<{ ended: EndedRun[]; attempts: AttemptRow[] }> {
  const where = { sequence: BigInt(sequence), abonnementId }
  const ended = await client.deliveryDone.findMany({ where, orderBy: { replay: 'asc' } })
  const attempts = await client.attempt.findMany({ where, orderBy: [{ replay: 'asc' }, { number: 'asc' }] })
  return {
    ended: ended.map((row) => ({
      replay: row.replay,
      outcome: row.outcome as DeliveryOutcome,
      finishedAt: Number(row.finishedAt),
      attempts: row.attempts,
      reason: row.reason,
    })),
    attempts: attempts.map(({ sequence: _sequence, abonnementId: _abonnementId, startedAt, ...row }) => ({
      ...row,
      startedAt: Number(startedAt),
    })),
  }
}

/** The stored text of a notificatie; undefined when it is no longer there. */
export async function storedBodyOf(client: Client | Transaction, notificatieId: string): Promise<string | undefined> {
  const row = await client.notificatie.findUnique({ where: { id: notificatieId }, select: { body: true } })
  return row?.body
}
