import { insertAudit, type AuditEntry } from '../audit.ts'
import { insertDeliveries, type NewDelivery } from '../insert-deliveries.ts'
import type { Database, Transaction } from '../open.ts'
import { lockOrderingKeys, orderingKeysOf } from '../ordering-keys.ts'
import type { Provider } from '../target.ts'
import { advanceReplayJob, type ReplayCursor, type ReplayJobRow } from './replay-jobs.ts'

export type ReplayStep = {
  job: ReplayJobRow
  /** The next runs, in their order; the ordering keys were made with the catalog of `epoch`. */
  deliveries: readonly NewDelivery[]
  cursor: ReplayCursor
  /** Nothing is left after these. */
  finished: boolean
  epoch: number
  /** Epoch ms. */
  now: number
  /** Written when the job ends with this step. */
  ending: (done: number) => AuditEntry
}

/**
 * Puts deliveries on their way and moves the cursor of their job behind them, in one transaction: whoever dies between
 * two steps leaves a job that goes on where it was, with nothing missing and nothing twice. Steps of all servers and
 * jobs follow one another. Returns what was inserted: `moved` when the catalog is no longer at `epoch`, `taken` when
 * another server took the step; then nothing was written.
 */
export async function stepReplay(database: Database, step: ReplayStep): Promise<NewDelivery[] | 'moved' | 'taken'> {
  const { job, cursor, finished, now } = step
  const { provider } = database
  return database.transaction(async (tx) => {
    await lockReplays(tx, provider)
    await lockOrderingKeys(tx, provider, orderingKeysOf(step.deliveries))
    if (!(await holdEpoch(tx, provider, step.epoch))) return 'moved'
    const still = new Set((await stillEnded(tx, provider, step.deliveries)).map(textOf))
    const deliveries = step.deliveries.filter((delivery) => still.has(textOf(delivery)))
    if (!(await advanceReplayJob(tx, job, { cursor, finished, done: deliveries.length }, now))) return 'taken'
    await insertDeliveries(tx, provider, deliveries, now)
    if (finished) await insertAudit(tx, step.ending(job.done + deliveries.length), now)
    return deliveries
  })
}

/** Two jobs may want the same delivery; whoever comes second then finds it on its way. */
async function lockReplays(tx: Transaction, provider: Provider): Promise<void> {
  if (provider === 'postgresql')
    await tx.$queryRaw`SELECT count(pg_advisory_xact_lock(hashtextextended('bode replay', 4712)))`
}

/** As an accept does it: until the commit no abonnement goes, and none gets another ordering. */
async function holdEpoch(tx: Transaction, provider: Provider, epoch: number): Promise<boolean> {
  const rows = await (provider === 'sqlite'
    ? tx.$queryRaw<unknown[]>`SELECT 1 AS held FROM catalog WHERE id = 1 AND epoch = ${BigInt(epoch)}`
    : tx.$queryRaw<unknown[]>`SELECT 1 AS held FROM catalog WHERE id = 1 AND epoch = ${BigInt(epoch)} FOR SHARE`)
  return rows.length > 0
}

type Key = Pick<NewDelivery, 'sequence' | 'abonnementId' | 'replay'>

/** Those whose run before this one is still the last, and whose notificatie and abonnement are there with their content. */
async function stillEnded(tx: Transaction, provider: Provider, deliveries: readonly NewDelivery[]): Promise<Key[]> {
  if (deliveries.length === 0) return []
  const json = JSON.stringify(deliveries)
  const rows = await (provider === 'sqlite'
    ? tx.$queryRaw<RawKey[]>`
        SELECT item.value->>'sequence' AS sequence, item.value->>'abonnementId' AS "abonnementId",
          item.value->>'replay' AS replay
        FROM json_each(${json}) AS item
        JOIN abonnement ON abonnement.id = item.value->>'abonnementId'
        JOIN notificatie ON notificatie.id = item.value->>'notificatieId' AND notificatie.body <> ''
        WHERE NOT EXISTS (
            SELECT 1 FROM delivery AS hot WHERE hot.sequence = item.value->>'sequence'
              AND hot.abonnement_id = item.value->>'abonnementId')
          AND (SELECT max(replay) FROM delivery_done AS done WHERE done.sequence = item.value->>'sequence'
              AND done.abonnement_id = item.value->>'abonnementId') = item.value->>'replay' - 1`
    : // The notificaties are held, so that none is cleared away before the delivery shows that it is needed.
      tx.$queryRaw<RawKey[]>`
        SELECT item.sequence, item."abonnementId", item.replay
        FROM json_to_recordset(${json}::json)
               AS item(sequence bigint, "abonnementId" text, replay int, "notificatieId" text)
        JOIN abonnement ON abonnement.id = item."abonnementId"
        JOIN notificatie ON notificatie.id = item."notificatieId" AND notificatie.body <> ''
        WHERE NOT EXISTS (
            SELECT 1 FROM delivery AS hot
            WHERE hot.sequence = item.sequence AND hot.abonnement_id = item."abonnementId")
          AND (SELECT max(replay) FROM delivery_done AS done
               WHERE done.sequence = item.sequence AND done.abonnement_id = item."abonnementId") = item.replay - 1
        FOR SHARE OF notificatie`)
  return rows.map(({ sequence, abonnementId, replay }) => {
    return { sequence: Number(sequence), abonnementId, replay: Number(replay) }
  })
}

type RawKey = { sequence: bigint | number; abonnementId: string; replay: bigint | number }

function textOf({ sequence, abonnementId, replay }: Key): string {
  return `${sequence} ${abonnementId} ${replay}`
}
