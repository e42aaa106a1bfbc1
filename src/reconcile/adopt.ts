import { closest } from '../common/closest.ts'
import { Failure } from '../common/failure.ts'
import { version } from '../common/package-root.ts'
import { isDeclared } from '../common/snapshot.ts'
import type { Kind } from '../config/desired-state.ts'
import type { LastGeneration } from '../db/configuration/generations.ts'
import type { ObjectTable, Row } from '../db/configuration/tables.ts'
import { contentFacts, contentHash } from './content-hash.ts'
import type { LiveObject } from './kind.ts'
import { addressOf, kindNamed } from './kinds.ts'
import { digestOfObjects, type LastApplied } from './last-applied.ts'
import type { Change, Plan, PlannedDocument } from './plan.ts'
import { planOfChanges } from './plan-of-changes.ts'
import type { VersionRows } from './version-rows.ts'
import type { NewGeneration } from './write-generations.ts'
import type { Audit } from './writes.ts'

/** An object to take over, as a person names it. */
export type Adopted = {
  kind: Kind
  /** An abonnement also by its uuid. */
  key: string
  /** The name that an abonnement gets; undefined: by `names`, or else the one it has. */
  name: string | undefined
}

export type AdoptRequest = {
  /** Who takes over. */
  owner: string
  environment: string | null
  objects: readonly Adopted[]
  /** The configuration that may be taken from; objects of API clients always may. */
  from: string | undefined
  /** Names of abonnementen by uuid, as the document has them. */
  names: ReadonlyMap<string, string>
}

/** What an owner has according to the history. */
export type OwnerHistory = {
  base: LastGeneration | undefined
  /** What was last applied; undefined: no version is known, so what is live counts. */
  applied: readonly LastApplied[] | undefined
}

/** Everything that an adoption writes, computed before the lock is taken. */
export type Adoption = {
  /** The objects as they will be; what they say does not change. */
  objects: { object: LiveObject; before: { owner: string; key: string } }[]
  upserts: { table: ObjectTable; rows: Row[] }[]
  movesEpoch: boolean
  /** Without their numbers: first of those who lose objects, then of the one who adopts. */
  generations: NewGeneration[]
}

/**
 * Works out an adoption: the owner of each object changes, its id, its content and its secrets stay. Pure.
 * Undefined when all of them are the owner's already. Throws Failure `invalid` for an object that is not
 * there, `conflict` for one that belongs to a configuration that was not named, or for a name that is taken.
 */
export function adopt(
  request: AdoptRequest,
  live: readonly LiveObject[],
  histories: ReadonlyMap<string, OwnerHistory>,
  { audit, now }: { audit: Audit; now: number },
): Adoption | undefined {
  // By id: one object may be named twice, an abonnement also by its name and by its uuid.
  const found = new Map(
    request.objects.map((wanted) => {
      const object = find(wanted, live)
      return [object.id, { wanted, object }] as const
    }),
  )
  const objects = [...found.values()]
    .filter(({ object }) => object.owner !== request.owner)
    .map(({ wanted, object }) => take(request, wanted, object, live))
  if (objects.length === 0) return undefined
  const losers = [...new Set(objects.map(({ before }) => before.owner))].filter((owner) => isDeclared(owner)).toSorted()
  const documents = [...losers, request.owner].map((owner) => documentOf(owner, request, objects, live, histories))
  const plan = planOf(objects, documents, live)
  return {
    objects,
    upserts: upsertsOf(objects, audit, now),
    movesEpoch: objects.some(({ object }) => kindNamed(object.kind).movesEpoch),
    generations: documents.map(({ owner, digest, environment }) => ({
      row: {
        owner,
        digest,
        environment,
        plan: JSON.stringify(plan),
        toolVersion: version,
        operation: 'adopt',
        restores: null,
        ...audit,
      },
      versions: versionsOf(owner, objects, live, histories.get(owner)),
    })),
  }
}

function find({ kind, key }: Adopted, live: readonly LiveObject[]): LiveObject {
  const ofKind = live.filter((object) => object.kind === kind)
  const object = ofKind.find((one) => one.key === key) ?? ofKind.find(({ id }) => kind === 'abonnementen' && id === key)
  if (object !== undefined) return object
  const hint = closest(
    key,
    ofKind.map((one) => one.key),
  )
  const suggestion = hint === undefined ? '' : `, did you mean "${hint}"?`
  throw new Failure('invalid', `there is no ${kind}/${key} in the database${suggestion}; nothing was changed`)
}

function take(
  { owner, from, names }: AdoptRequest,
  { name }: Adopted,
  object: LiveObject,
  live: readonly LiveObject[],
): Adoption['objects'][number] {
  if (object.owner !== from && (isDeclared(object.owner) || from !== undefined)) {
    const advice = isDeclared(object.owner) ? `; --from ${object.owner} if that is meant` : ''
    throw new Failure('conflict', `${addressOf(object)} belongs to "${object.owner}"${advice}; nothing was changed`)
  }
  const key = object.kind === 'abonnementen' ? (name ?? names.get(object.id) ?? object.key) : object.key
  const bearer = live.find((other) => other.kind === object.kind && other.key === key && other.id !== object.id)
  if (bearer !== undefined) {
    throw new Failure('conflict', `"${bearer.owner}" has ${addressOf(bearer)} already; choose another name with --name`)
  }
  return { object: { ...object, key, owner }, before: { owner: object.owner, key: object.key } }
}

function upsertsOf(objects: Adoption['objects'], audit: Audit, now: number): Adoption['upserts'] {
  return objects.map(({ object }) => {
    const kind = kindNamed(object.kind)
    const { id, owner, protected: isProtected } = object
    const identity = { id, owner, protected: isProtected, hash: contentHash(object) }
    const times = { ...(kind.keepsCreation ? { createdAt: now } : {}), updatedAt: now, updatedBy: audit.actor }
    return { table: kind.table, rows: [{ ...kind.columns(object.key, object.spec), ...identity, ...times }] }
  })
}

function documentOf(
  owner: string,
  request: AdoptRequest,
  adopted: Adoption['objects'],
  live: readonly LiveObject[],
  histories: ReadonlyMap<string, OwnerHistory>,
): PlannedDocument {
  const { base, applied } = histories.get(owner) ?? { base: undefined, applied: undefined }
  const moving = new Set(adopted.map(({ object }) => object.id))
  const before = applied ?? live.filter((object) => object.owner === owner).map((object) => asApplied(object))
  const after = [
    ...before.filter(({ id }) => !moving.has(id)),
    ...adopted.flatMap(({ object }) => (object.owner === owner ? [asApplied(object)] : [])),
  ]
  return {
    owner,
    // As in a plan: a document that names none is of the environment that is here.
    environment: (owner === request.owner ? request.environment : null) ?? base?.environment ?? null,
    base: { generation: base?.number ?? 0, digest: base?.digest ?? null },
    digest: digestOfObjects(after.map((object) => [addressOf(object), contentHash(object.content)])),
  }
}

function asApplied(object: LiveObject): LastApplied {
  return { id: object.id, owner: object.owner, kind: object.kind, key: object.key, content: object }
}

function planOf(adopted: Adoption['objects'], documents: PlannedDocument[], live: readonly LiveObject[]): Plan {
  const changes = adopted.flatMap(({ object, before }): Change[] => {
    const { kind, key, id, owner } = object
    const place = { kind, id, origin: null }
    const renamed = before.key === key ? [] : [{ path: 'name', before: before.key, after: key, origin: null }]
    const fields = [{ path: 'owner', before: before.owner, after: owner, origin: null }, ...renamed]
    const gained: Change = {
      ...place,
      action: 'update',
      address: addressOf(object),
      key,
      owner,
      fields,
      consequences: [],
    }
    if (!isDeclared(before.owner)) return [gained]
    const lost = { kind, key: before.key }
    const consequences = [`"${owner}" takes it over; it stays as it is`]
    return [
      {
        ...place,
        action: 'delete',
        address: addressOf(lost),
        key: lost.key,
        owner: before.owner,
        fields: [],
        consequences,
      },
      gained,
    ]
  })
  const owners = new Set(documents.map(({ owner }) => owner))
  const lost = changes.filter(({ action }) => action === 'delete').length
  return planOfChanges(documents, changes, live.filter(({ owner }) => owners.has(owner)).length - lost)
}

/** The first time in a database that kept no versions before, it is one for every object of the owner. */
function versionsOf(
  owner: string,
  adopted: Adoption['objects'],
  live: readonly LiveObject[],
  history: OwnerHistory | undefined,
): VersionRows {
  const moving = new Set(adopted.map(({ object }) => object.id))
  const row = ({ id, kind, key }: LiveObject, content: string | null): Row => ({
    objectId: id,
    owner,
    kind,
    key,
    content,
  })
  const unversioned = live.filter((object) => object.owner === owner && !moving.has(object.id))
  const made = [
    ...(history?.applied === undefined ? unversioned : []),
    ...adopted.map(({ object }) => object).filter((object) => object.owner === owner),
  ]
  const lost = adopted.filter(({ before }) => before.owner === owner).map(({ object }) => row(object, null))
  return {
    rows: [...made.map((object) => row(object, JSON.stringify(contentFacts(object)))), ...lost],
    withSecrets: made.filter(({ secrets }) => secrets.length > 0).map(({ id }) => id),
    secrets: [],
  }
}
