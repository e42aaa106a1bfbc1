import { version } from '../common/package-root.ts'
import type { Secret } from '../common/secret.ts'
import { lastGenerations, type LastGeneration } from '../db/configuration/generations.ts'
import type { ObjectTable, Row } from '../db/configuration/tables.ts'
import type { Versions } from '../db/configuration/versions.ts'
import type { Database } from '../db/open.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import type { Place } from '../secrets/place.ts'
import { seal } from '../secrets/sealing.ts'
import { contentFacts, contentHash, type Content } from './content-hash.ts'
import { readCurrentState, type CurrentState } from './current-state.ts'
import { secretChanges } from './field-changes.ts'
import type { LiveObject } from './kind.ts'
import { addressOf, KINDS_IN_ORDER } from './kinds.ts'
import { readLastApplied, type LastApplied } from './last-applied.ts'
import type { Change, Plan } from './plan.ts'
import { planOfChanges } from './plan-of-changes.ts'
import { digestOfState } from './state-at.ts'
import type { VersionRows } from './version-rows.ts'
import type { NewGeneration } from './write-generations.ts'

/** A value that was read again and is not the one that is stored. */
export type FreshValue = {
  place: Place
  value: Secret
  fingerprint: string
  /** Fingerprint of the stored one. */
  replaces: string
}

/** Everything that a refresh writes, computed before the lock is taken. */
export type Refresh = {
  base: Versions
  addresses: string[]
  secrets: Row[]
  hashes: { table: ObjectTable; rows: Row[] }[]
  movesEpoch: boolean
  /** Without their numbers, which are known under the lock. */
  generations: NewGeneration[]
}

type OwnerState = {
  owner: string
  last: LastGeneration | undefined
  /** What was last applied of each of its objects; in a database that kept none, what is live. */
  applied: LastApplied[]
  isVersioned: boolean
}

/**
 * Turns fresh values into rows; seals them. What a generation remembers is what was applied last with
 * the new values in it, and not what is live: so drift stays drift. Without
 * generations when nothing is left to do.
 */
export async function makeRefresh(
  database: Database,
  found: readonly FreshValue[],
  { masterKey, actor, now }: { masterKey: MasterKey; actor: string; now: number },
): Promise<Refresh> {
  const state = await readCurrentState(database, [], now)
  const stored = storedFingerprints(state)
  // Another server may have been faster.
  const values = found.filter(({ place, replaces }) => stored.get(slotOf(place.objectId, place)) === replaces)
  const ids = new Set(values.map(({ place }) => place.objectId))
  const touched = state.objects.filter(({ id }) => ids.has(id))
  const owners = await readOwners(database, touched, state, now)
  const fresh = new Map(values.map((value) => [slotOf(value.place.objectId, value.place), value]))
  const renew = (content: Content, id: string): Content => renewed(content, id, fresh, now)
  const plan = refreshPlan(owners, touched, renew)
  return {
    base: state.versions,
    addresses: touched.map(addressOf),
    secrets: values.map((fresh) => secretRow(fresh, masterKey)),
    hashes: KINDS_IN_ORDER.map(({ name, table }) => ({
      table,
      rows: touched
        .filter(({ kind }) => kind === name)
        .map((object) => ({ id: object.id, hash: contentHash(renew(object, object.id)) })),
    })).filter(({ rows }) => rows.length > 0),
    movesEpoch: KINDS_IN_ORDER.some(({ name, movesEpoch }) => movesEpoch && touched.some(({ kind }) => kind === name)),
    generations: plan.documents.map(({ owner, digest, environment }, index) => ({
      row: {
        owner,
        digest,
        environment,
        actor,
        plan: JSON.stringify(plan),
        toolVersion: version,
        operation: 'refresh' as const,
        restores: null,
        commitSha: null,
        pipelineUrl: null,
        note: null,
      },
      versions: versionRows(owners[index]!, ids, renew),
    })),
  }
}

function storedFingerprints({ objects }: CurrentState): Map<string, string> {
  return new Map(
    objects.flatMap(({ id, secrets }) => secrets.map((secret) => [slotOf(id, secret), secret.fingerprint] as const)),
  )
}

function slotOf(objectId: string, { field, slot }: { field: string; slot: string }): string {
  return `${objectId}/${field}/${slot}`
}

/** The owners of `touched`, by name. */
async function readOwners(
  database: Database,
  touched: readonly LiveObject[],
  state: CurrentState,
  now: number,
): Promise<OwnerState[]> {
  const owners = [...new Set(touched.map(({ owner }) => owner))].toSorted()
  const bases = await lastGenerations(database.reader, owners)
  const { objects, unversioned } = await readLastApplied(database, { ...state, bases }, owners, now)
  return owners.map((owner) => {
    const drifted = [...objects.values()].filter((object) => object.owner === owner)
    const live = state.objects.filter((object) => object.owner === owner)
    const applied =
      drifted.length > 0 ? drifted : live.map(({ id, kind, key, ...content }) => ({ id, owner, kind, key, content }))
    return { owner, last: bases.get(owner), applied, isVersioned: !unversioned.has(owner) }
  })
}

/** `content` of the object `id` with the `fresh` values in it, by slot, and without what has ended. */
function renewed(content: Content, id: string, fresh: ReadonlyMap<string, FreshValue>, now: number): Content {
  const secrets = content.secrets
    .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
    .map((secret) => {
      const value = fresh.get(slotOf(id, secret))
      return value?.replaces === secret.fingerprint ? { ...secret, fingerprint: value.fingerprint } : secret
    })
  return { spec: content.spec, protected: content.protected, secrets }
}

function secretRow({ place, value, fingerprint }: FreshValue, key: MasterKey): Row {
  const { objectId, field, slot } = place
  return { objectId, field, slot, ciphertext: seal(key, value, place), fingerprint }
}

type Renew = (content: Content, id: string) => Content

function refreshPlan(owners: readonly OwnerState[], touched: readonly LiveObject[], renew: Renew): Plan {
  const documents = owners.map(({ owner, last, applied }) => ({
    owner,
    environment: last?.environment ?? null,
    base: { generation: last?.number ?? 0, digest: last?.digest ?? null },
    digest: digestOfState(applied.map((object) => ({ ...object, content: renew(object.content, object.id) }))),
  }))
  const changes = touched.map((object) => updateOf(object, renew))
  const unchanged = owners.reduce((sum, { applied }) => sum + applied.length, 0) - touched.length
  return planOfChanges(documents, changes, unchanged)
}

function updateOf(object: LiveObject, renew: Renew): Change {
  const fields = secretChanges(object.secrets, renew(object, object.id).secrets, () => null)
  const { kind, key, id, owner } = object
  return { action: 'update', address: addressOf(object), kind, key, id, owner, origin: null, fields, consequences: [] }
}

/** One for each object that changes; the first time of an owner, one for every object of it. */
function versionRows({ owner, applied, isVersioned }: OwnerState, ids: ReadonlySet<string>, renew: Renew): VersionRows {
  const made = applied.filter(({ id }) => !isVersioned || ids.has(id))
  return {
    rows: made.map(({ id, kind, key, content }) => ({
      objectId: id,
      owner,
      kind,
      key,
      content: JSON.stringify(contentFacts(renew(content, id))),
    })),
    withSecrets: made.filter(({ content }) => content.secrets.length > 0).map(({ id }) => id),
    secrets: [],
  }
}
