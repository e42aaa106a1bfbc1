import type { Clock } from '../common/clock.ts'
import { Failure } from '../common/failure.ts'
import { version } from '../common/package-root.ts'
import { bumpEpoch } from '../db/catalog.ts'
import { holdApplyLock } from '../db/configuration/apply-lock.ts'
import { insertGenerations, type GenerationRow } from '../db/configuration/generations.ts'
import { forgetOverwritten, readSealedRows, writeRekeyedRows } from '../db/configuration/sealed-rows.ts'
import type { Versions } from '../db/configuration/versions.ts'
import { readMeta, writeMeta } from '../db/meta.ts'
import type { Database } from '../db/open.ts'
import { fingerprintKeyCheck, keyInUse, sealKeyCheck } from '../secrets/key-check.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { readCurrentState } from './current-state.ts'
import { demandBase, StaleBase } from './demand-base.ts'
import { planOfChanges } from './plan-of-changes.ts'
import { rekey, type Rekeyed, type RekeyedOwner } from './rekey.ts'
import type { Audit } from './writes.ts'

export type RekeyReport = {
  /** Ids of the keys. */
  from: string
  to: string
  /** How many values were sealed anew: live ones, and those of earlier generations. */
  secrets: number
  earlier: number
  /** The newest generation that was made; undefined when no configuration was ever applied. */
  generation: number | undefined
}

export type RekeyOptions = { audit: Audit; clock: Clock; lockTimeoutMs: number }

/** Somebody who writes all the time must not keep a rekey busy for ever. */
const MAX_ATTEMPTS = 10
const WORK_TIMEOUT_MS = 300_000

/**
 * Seals everything with `key` that was sealed with `key.previous`, in one transaction under the lock of an
 * apply: afterwards the database has the one key or the other, never both. Undefined: it has `key` already,
 * or nothing was ever sealed. Throws Failure `secret` when the database has a third key or something in it
 * cannot be opened, `locked` when the lock was not free in time.
 */
export async function rekeyDatabase(
  database: Database,
  key: MasterKey,
  options: RekeyOptions,
): Promise<RekeyReport | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const stored = await readMeta(database.reader, 'master_key_check')
    const old = keyInUse(key, stored)
    if (stored === undefined || old.id === key.id) return undefined
    const { objects, versions } = await readCurrentState(database, [], 0)
    const rekeyed = rekey(await readSealedRows(database), objects, old, key)
    try {
      const generation = await commitRekey(database, rekeyed, versions, key, options)
      await forgetOverwritten(database)
      const { secrets, secretVersions } = rekeyed.rows
      return { from: old.id, to: key.id, secrets: secrets.length, earlier: secretVersions.length, generation }
    } catch (error) {
      if (!(error instanceof StaleBase) || attempt === MAX_ATTEMPTS) throw error
    }
  }
}

async function commitRekey(
  database: Database,
  { rows, owners }: Rekeyed,
  base: Versions,
  key: MasterKey,
  { audit, clock, lockTimeoutMs }: RekeyOptions,
): Promise<number | undefined> {
  return database.transaction(
    async (tx) => {
      await holdApplyLock(tx, database.provider, lockTimeoutMs)
      const first = await demandBase(tx, database.provider, base)
      await writeRekeyedRows(tx, database.provider, rows)
      await writeMeta(tx, 'master_key_check', sealKeyCheck(key))
      await writeMeta(tx, 'fingerprint_key_check', fingerprintKeyCheck(key))
      await bumpEpoch(tx)
      const generations = owners.map((owner, index) => generationOf(owner, first + index, audit))
      if (generations.length > 0) await insertGenerations(tx, database.provider, generations, clock.now())
      return generations.at(-1)?.number
    },
    { waitMs: lockTimeoutMs, timeoutMs: lockTimeoutMs + WORK_TIMEOUT_MS },
  )
}

/** Servers follow generations: that is how they hear of the new key. */
function generationOf(rekeyed: RekeyedOwner, number: number, audit: Audit): GenerationRow {
  const { owner, environment, before, digest, objects } = rekeyed
  const base = { generation: before.number, digest: before.digest }
  const plan = planOfChanges([{ owner, environment, base, digest }], [], objects)
  return {
    number,
    owner,
    digest,
    environment,
    plan: JSON.stringify(plan),
    toolVersion: version,
    operation: 'rekey',
    restores: null,
    ...audit,
  }
}

/** Throws Failure `secret`, saying what to set, unless there is a key to go from and one to go to. */
export function demandBothKeys(key: MasterKey): void {
  if (key.previous !== undefined) return
  throw new Failure(
    'secret',
    'there is one key only: set BODE_MASTER_KEY or BODE_MASTER_KEY_FILE to the new key, ' +
      'and BODE_PREVIOUS_MASTER_KEY or BODE_PREVIOUS_MASTER_KEY_FILE to the one that the database has',
  )
}
