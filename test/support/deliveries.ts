import { randomUUID } from 'node:crypto'
import { acceptNotificaties } from '../../src/db/accept.ts'
import type { ClaimedDelivery } from '../../src/db/claim-deliveries.ts'
import type { Database } from '../../src/db/open.ts'
import type { Settlement } from '../../src/db/settle-deliveries.ts'

/** Writes `count` messages for each of `abonnementIds`, due at `now`; returns the notificatie ids. */
export async function insertDeliveries(
  database: Database,
  {
    abonnementIds,
    count,
    now,
    orderingKey = null,
  }: { abonnementIds: readonly string[]; count: number; now: number; orderingKey?: string | null },
): Promise<string[]> {
  const { epoch } = await database.reader.catalog.findUniqueOrThrow({ where: { id: 1 } })
  const rows = Array.from({ length: count }, (_, index) => ({
    id: randomUUID(),
    kanaal: 'zaken',
    body: JSON.stringify({ number: index }),
    format: 1,
    clientId: 'open-zaak',
    receivedAt: now,
    addressees: abonnementIds.map((abonnementId) => ({ abonnementId, orderingKey })),
  }))
  await acceptNotificaties(database, rows, { epoch: Number(epoch), now, atCommit: () => {} })
  return rows.map(({ id }) => id)
}

/** How many deliveries are unfinished and how many ended, by outcome: nothing may fall between. */
export async function countDeliveries(
  database: Database,
): Promise<{ ready: number; leased: number; done: Record<string, number>; attempts: number }> {
  const [ready, leased, done, attempts] = await Promise.all([
    database.reader.delivery.count({ where: { state: 0 } }),
    database.reader.delivery.count({ where: { state: 1 } }),
    database.reader.deliveryDone.groupBy({ by: ['outcome'], _count: true }),
    database.reader.attempt.count(),
  ])
  return { ready, leased, done: Object.fromEntries(done.map(({ outcome, _count }) => [outcome, _count])), attempts }
}

/** The settlement of a claimed delivery: delivered with 204 unless told otherwise. */
export function settlementOf(delivery: ClaimedDelivery, more: Partial<Settlement> = {}): Settlement {
  const { sequence, abonnementId, replay, notificatieId, orderingKey, attempt, failures } = delivery
  const tried = { startedAt: 1_000, durationMs: 12.4, status: 204, error: null }
  const key = { sequence, abonnementId, replay, notificatieId, orderingKey, attempt, failures }
  return { ...key, outcome: 'delivered', dueAt: null, reason: null, tried, ...more }
}
