import type { Diagnostic, Position } from '../common/diagnostics.ts'
import { Failure } from '../common/failure.ts'
import { DEFAULT_SETTINGS, type SettingsSection } from '../common/model.ts'
import type { Secret } from '../common/secret.ts'
import type { DesiredObject, DesiredSecret, DesiredState, Kind } from '../config/desired-state.ts'
import { secretVersionsAt } from '../db/configuration/object-versions.ts'
import { readMeta } from '../db/meta.ts'
import type { Database } from '../db/open.ts'
import { fingerprint } from '../secrets/fingerprint.ts'
import { keyInUse } from '../secrets/key-check.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { showReference, type Resolution, type StoredReference } from '../secrets/references.ts'
import { unseal } from '../secrets/sealing.ts'
import { secretKey } from './content-hash.ts'
import { secretPath } from './field-changes.ts'
import type { LiveSecret } from './kind.ts'
import { addressOf, KINDS_IN_ORDER } from './kinds.ts'
import type { Choices, Wanted } from './planner.ts'
import { readStateAt, type PastObject, type PastState } from './state-at.ts'

export type RollbackOptions = {
  masterKey: MasterKey
  choices: Choices
  /** Looks up a secret whose ciphertext is destroyed. */
  resolve: (reference: StoredReference) => Promise<Resolution>
  /** Epoch ms: what has ended by then does not come back. */
  now: number
}

/** What a return to an earlier state takes. */
export type Rollback = {
  wanted: Wanted
  /** By owner, the generation that it goes back to. */
  restores: ReadonlyMap<string, number>
  /** Addresses of secrets that have ended since: they do not come back. */
  ended: string[]
  /** Addresses of secrets that are looked up again and have another value than then. */
  renewed: string[]
}

/** An earlier generation; `owner` when it is not the one who made it. 0: before the owner ever applied. */
export type RollbackTarget = { generation: number; owner?: string | undefined }

/** An earlier document may have had other limits; these are the product's. */
const RECONCILE: DesiredState['reconcile'] = { prune: 'owned', limits: { maxDeletes: 5, maxDeletePercent: 30 } }
/**
 * Makes what was applied earlier into something to plan and apply again: the objects of each target's owner
 * as they were, with their ids, and every secret that is still sealed with them. A secret whose ciphertext
 * was destroyed is looked up where it came from. Throws Failure `invalid` for a generation of which the
 * objects are not known, and `secret`, with every secret that can be had from nowhere.
 */
export async function prepareRollback(
  database: Database,
  targets: readonly RollbackTarget[],
  options: RollbackOptions,
): Promise<Rollback> {
  const key = keyInUse(options.masterKey, await readMeta(database.reader, 'master_key_check'))
  const states: DesiredState[] = []
  const found: Found = { values: new Map(), ids: new Map(), references: new Map(), ended: [], renewed: [], lost: [] }
  for (const { generation, owner } of targets) {
    const past = await pastOf(database, generation, owner)
    const sealed = await sealedAt(database, past)
    const objects: DesiredObject[] = []
    for (const object of past.objects) objects.push(await restore(object, past, sealed, key, options, found))
    states.push(desiredState(past, objects))
  }
  if (found.lost.length > 0) {
    throw new Failure('secret', 'not every secret can be restored; nothing was changed', { diagnostics: found.lost })
  }
  const restores = new Map(states.map(({ owner }, index) => [owner, targets[index]?.generation ?? 0]))
  const { values: secrets, ids, references, ended, renewed } = found
  const { masterKey, choices, now } = options
  return {
    wanted: { ...choices, states, secrets, masterKey, now, known: { ids, references } },
    restores,
    ended,
    renewed,
  }
}

type Found = {
  values: Map<DesiredSecret, Secret>
  ids: Map<DesiredObject, string>
  references: Map<DesiredSecret, StoredReference | null>
  ended: string[]
  renewed: string[]
  lost: Diagnostic[]
}

type Past = Pick<PastState, 'owner' | 'objects'> & { number: number; environment: string | null }

async function pastOf(database: Database, number: number, owner: string | undefined): Promise<Past> {
  if (number === 0 && owner !== undefined) return { owner, number, environment: null, objects: [] }
  const { generation, ...past } = await readStateAt(database, number, owner)
  return { ...past, number, environment: generation.environment }
}

async function sealedAt(database: Database, { owner, number }: Past): Promise<ReadonlyMap<string, string>> {
  const rows = await secretVersionsAt(database.reader, owner, number)
  return new Map(rows.map((row) => [`${row.objectId}/${row.field}/${row.slot}`, row.ciphertext]))
}

async function restore(
  past: PastObject,
  { number }: Past,
  sealed: ReadonlyMap<string, string>,
  key: MasterKey,
  options: RollbackOptions,
  found: Found,
): Promise<DesiredObject> {
  const position: Position = { file: `generation ${number}`, line: 1, column: 1, length: 1 }
  const secrets: DesiredSecret[] = []
  for (const secret of past.content.secrets) {
    const address = `${addressOf(past)}.${secretPath(secret)}`
    if (secret.expiresAt !== null && secret.expiresAt <= options.now) {
      found.ended.push(address)
      continue
    }
    const value = await valueOf(past, secret, sealed.get(`${past.id}/${secretKey(secret)}`), key, options)
    if ('problem' in value) {
      found.lost.push({
        id: 'secret/unresolved',
        severity: 'error',
        message: `${address}: ${value.problem}`,
        path: address,
      })
      continue
    }
    const { field, slot, expiresAt, reference } = secret
    // The reference that counts is the one in `references`: a value from the API or a literal has none that can be read.
    const desired: DesiredSecret = { field, slot, expiresAt, position, reference: { insecureLiteral: '' } }
    secrets.push(desired)
    found.values.set(desired, value.secret)
    found.references.set(desired, reference)
    if (value.renewed) found.renewed.push(address)
  }
  const { spec, protected: isProtected } = past.content
  const object = { kind: past.kind, key: past.key, spec, protected: isProtected, secrets, position, fields: new Map() }
  found.ids.set(object as DesiredObject, past.id)
  return object as DesiredObject
}

async function valueOf(
  { id, kind }: PastObject,
  { field, slot, fingerprint: before, reference }: LiveSecret,
  ciphertext: string | undefined,
  key: MasterKey,
  { masterKey, resolve }: RollbackOptions,
): Promise<{ secret: Secret; renewed: boolean } | { problem: string }> {
  const place = { objectId: id, kind, field, slot }
  if (ciphertext !== undefined) {
    const secret = unseal(masterKey, ciphertext, place)
    if (fingerprint(key, secret, place) === before) return { secret, renewed: false }
  }
  if (reference === null) return { problem: 'its value came through the API and was destroyed; nobody else has it' }
  if ('literal' in reference) return { problem: 'its value was a literal and was destroyed; nobody else has it' }
  const resolution = await resolve(reference)
  if ('problem' in resolution) {
    return {
      problem: `its stored value was destroyed, and ${showReference(reference)} gives none: ${resolution.problem}`,
    }
  }
  return { secret: resolution.secret, renewed: fingerprint(key, resolution.secret, place) !== before }
}

/** Everything is declared, so what is not among the objects goes. */
function desiredState({ owner, environment }: Past, objects: DesiredObject[]): DesiredState {
  return {
    owner,
    environment: environment ?? undefined,
    objects,
    declared: new Set<Kind>(KINDS_IN_ORDER.map(({ name }) => name)),
    declaredSettings: new Set(Object.keys(DEFAULT_SETTINGS) as SettingsSection[]),
    moved: [],
    sequence: undefined,
    reconcile: RECONCILE,
    rules: {},
  }
}
