import { forgetApplicaties } from '../db/applicatie-rows.ts'
import type { AuditEntry } from '../db/audit.ts'
import { cancelDeliveries } from '../db/cancel-deliveries.ts'
import { bumpEpoch } from '../db/catalog.ts'
import { holdApplyLock } from '../db/configuration/apply-lock.ts'
import type { Versions } from '../db/configuration/versions.ts'
import {
  deleteObjects,
  destroyEndedSecrets,
  replaceSecrets,
  upsertObjects,
  vacateKeys,
} from '../db/configuration/write-rows.ts'
import { readMeta, writeMeta } from '../db/meta.ts'
import type { Database, Transaction } from '../db/open.ts'
import type { Provider } from '../db/target.ts'
import { demandSameKey, fingerprintKeyCheck, sealKeyCheck } from '../secrets/key-check.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { demandBase } from './demand-base.ts'
import { writeGenerations } from './write-generations.ts'
import type { Writes } from './writes.ts'

export type Committed = {
  /** The newest of the generations that were made. */
  generation: number
  /** How long others could not write, commit included. */
  lockHeldMs: number
}

export type CommitOptions = {
  /** How long to wait for another apply to end. */
  lockTimeoutMs: number
  /** Does everything, then rolls back. */
  dryRun: boolean
  /** Written in the same transaction, last. Nothing is, when it throws. */
  alongside?: ((tx: Transaction) => Promise<void>) | undefined
  /** Told of every entry of the audit after its commit, for a log. */
  onAudited?: ((entry: AuditEntry) => void) | undefined
}

/** The writing took this long at most; beyond it PostgreSQL rolls back. */
const WORK_TIMEOUT_MS = 60_000

/**
 * Writes everything in one transaction. Throws StaleBase when the database moved on from `base`,
 * Failure `locked` when the lock was not free within `lockTimeoutMs`.
 */
export async function commitWrites(
  database: Database,
  writes: Writes,
  base: Versions,
  key: MasterKey,
  options: CommitOptions,
): Promise<Committed> {
  const { lockTimeoutMs } = options
  const done: { generation: number; audited: AuditEntry[]; lockedAt: number } = {
    generation: 0,
    audited: [],
    lockedAt: 0,
  }
  const work = async (tx: Transaction): Promise<void> => {
    await holdApplyLock(tx, database.provider, lockTimeoutMs)
    done.lockedAt = performance.now()
    const first = await demandBase(tx, database.provider, base)
    await rememberKey(tx, key)
    await writeObjects(tx, database.provider, writes)
    Object.assign(done, await writeGenerations(tx, database.provider, writes.generations, first, writes.now))
    await options.alongside?.(tx)
    if (options.dryRun) throw new RolledBack()
  }
  try {
    await database.transaction(work, { waitMs: lockTimeoutMs, timeoutMs: lockTimeoutMs + WORK_TIMEOUT_MS })
    for (const entry of done.audited) options.onAudited?.(entry)
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error
  }
  return { generation: done.generation, lockHeldMs: performance.now() - done.lockedAt }
}

/** Ends a dry run. */
class RolledBack extends Error {}

/** The first apply decides which master key this database has; another key that came first is seen here. */
async function rememberKey(tx: Transaction, key: MasterKey): Promise<void> {
  const stored = await readMeta(tx, 'master_key_check')
  demandSameKey(key, stored)
  if (stored === undefined) await writeMeta(tx, 'master_key_check', sealKeyCheck(key))
  // A database that was made by an older version has only the other one.
  await writeMeta(tx, 'fingerprint_key_check', fingerprintKeyCheck(key))
}

/** Deletes first, because they free natural keys; then what is left, parents first. */
async function writeObjects(tx: Transaction, provider: Provider, writes: Writes): Promise<void> {
  for (const { table, ids } of writes.deletes) await deleteObjects(tx, provider, table, ids)
  await cancelDeliveries(tx, provider, writes.cancelled, writes.now)
  for (const { table, ids } of writes.renamed) await vacateKeys(tx, provider, table, ids)
  for (const { table, rows } of writes.upserts) await upsertObjects(tx, provider, table, rows)
  // Before the slots are filled again: what ended must not live on as an earlier value of its successor.
  await destroyEndedSecrets(tx, writes.endedBy)
  await replaceSecrets(tx, provider, writes.secretOwners, writes.secrets, writes.keptSecrets)
  if (writes.movesEpoch) await bumpEpoch(tx)
  if (writes.forgetsAnswers) await forgetApplicaties(tx)
}
