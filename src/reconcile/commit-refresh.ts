import type { Clock } from '../common/clock.ts'
import type { Secret } from '../common/secret.ts'
import type { AuditEntry } from '../db/audit.ts'
import { bumpEpoch } from '../db/catalog.ts'
import { holdApplyLock } from '../db/configuration/apply-lock.ts'
import {
  referencedSecrets,
  replaceValues,
  updateHashes,
  type ReferencedSecret,
} from '../db/configuration/refresh-rows.ts'
import { readMeta } from '../db/meta.ts'
import type { Database, Transaction } from '../db/open.ts'
import { fromReferenceColumn } from '../db/records/secret.ts'
import { fingerprint } from '../secrets/fingerprint.ts'
import { keyInUse } from '../secrets/key-check.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import type { Place } from '../secrets/place.ts'
import { showReference, type Resolution, type StoredReference } from '../secrets/references.ts'
import { demandBase, StaleBase } from './demand-base.ts'
import { makeRefresh, type FreshValue, type Refresh } from './refresh.ts'
import { writeGenerations } from './write-generations.ts'

export type RefreshOptions = {
  masterKey: MasterKey
  /** Looks a reference up on this machine; undefined: it is not a file here, so it cannot have changed. */
  read: (reference: StoredReference) => Promise<Resolution | undefined>
  /** Who the history says did it. */
  actor: string
  clock: Clock
  /** Told of every entry of the audit after its commit. */
  onAudited: (entry: AuditEntry) => void
}

export type RefreshResult = {
  /** The newest generation that was made; undefined when every value is what it was. */
  generation: number | undefined
  /** Which objects have another secret now. */
  addresses: string[]
  /** Files that could not be used, in words, by reference; the old values stay. */
  problems: ReadonlyMap<string, string>
}

/** Waiting longer has no use: there is a next time. */
const LOCK_TIMEOUT_MS = 5_000

/**
 * Reads the secrets again that stand in files, and commits those that have another value as one
 * generation for each owner, so that every server uses them and the next plan finds nothing to do. What
 * was changed outside of an apply stays what it is: drift. When somebody else wrote meanwhile (another
 * server that saw the same files), nothing happens. Throws Failure `secret` for a wrong master key,
 * `locked` when an apply is under way all the time.
 */
export async function refreshSecrets(database: Database, options: RefreshOptions): Promise<RefreshResult> {
  const now = options.clock.now()
  const rows = await referencedSecrets(database.reader, now)
  // After the rows: when a rekey comes between, they are not what is stored any more, and none is replaced.
  const key = keyInUse(options.masterKey, await readMeta(database.reader, 'master_key_check'))
  const { values, problems } = await freshValues(rows, key, options.read)
  if (values.length === 0) return { generation: undefined, addresses: [], problems }
  const refresh = await makeRefresh(database, values, { masterKey: key, actor: options.actor, now })
  const { addresses } = refresh
  if (addresses.length === 0) return { generation: undefined, addresses, problems }
  try {
    const { generation, audited } = await database.transaction((tx) => commit(tx, database, refresh, now), {
      waitMs: LOCK_TIMEOUT_MS,
    })
    audited.forEach(options.onAudited)
    return { generation, addresses, problems }
  } catch (error) {
    if (error instanceof StaleBase) return { generation: undefined, addresses: [], problems }
    throw error
  }
}

async function freshValues(
  rows: readonly ReferencedSecret[],
  key: MasterKey,
  read: RefreshOptions['read'],
): Promise<{ values: FreshValue[]; problems: Map<string, string> }> {
  const values: FreshValue[] = []
  const problems = new Map<string, string>()
  for (const row of rows) {
    const reference = fromReferenceColumn(row.reference) as StoredReference
    const resolution = await read(reference)
    if (resolution === undefined) continue
    if ('problem' in resolution) {
      problems.set(showReference(reference), resolution.problem)
      continue
    }
    const { objectId, kind, field, slot } = row
    const fresh = valueAt(key, { objectId, kind, field, slot }, resolution.secret)
    if (fresh.fingerprint !== row.fingerprint) values.push({ ...fresh, replaces: row.fingerprint })
  }
  return { values, problems }
}

function valueAt(key: MasterKey, place: Place, value: Secret): Omit<FreshValue, 'replaces'> {
  return { place, value, fingerprint: fingerprint(key, value, place) }
}

/** Throws StaleBase when anybody wrote since the refresh was made. */
async function commit(
  tx: Transaction,
  { provider }: Database,
  refresh: Refresh,
  now: number,
): ReturnType<typeof writeGenerations> {
  await holdApplyLock(tx, provider, LOCK_TIMEOUT_MS)
  const first = await demandBase(tx, provider, refresh.base)
  await replaceValues(tx, provider, refresh.secrets)
  for (const { table, rows } of refresh.hashes) await updateHashes(tx, provider, table, rows)
  if (refresh.movesEpoch) await bumpEpoch(tx)
  return writeGenerations(tx, provider, refresh.generations, first, now)
}
