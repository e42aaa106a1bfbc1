import { v5 as uuidV5 } from 'uuid'
import type { Diagnostic } from '../common/diagnostics.ts'
import type { DesiredObject, DesiredState, Moved } from '../config/desired-state.ts'
import { bothThere, declaredTwice, foreign, otherUuid } from './identity-conflicts.ts'
import type { LiveObject } from './kind.ts'
import { addressOf } from './kinds.ts'
import type { LastApplied } from './last-applied.ts'

/** A declared object with the identity that it has, or will have. */
export type Identified = {
  owner: string
  object: DesiredObject
  id: string
  /** The same object as it is in the database; undefined: to be created. */
  live: LiveObject | undefined
}

/** UUIDv5 namespace of everything that a document declares without a uuid of its own. */
const NAMESPACE = 'b0de0000-7f5c-4f0e-9d0a-6f5b1f0c8a11'

/** What else is known of who is who. */
export type Bearings = {
  lastApplied: ReadonlyMap<string, LastApplied>
  /** Ids that are known beforehand: a rollback gives every object that which it had. */
  ids?: ReadonlyMap<DesiredObject, string> | undefined
}

/**
 * Finds for every declared object the live one. An abonnement that gives its uuid is found by that, an
 * object that was moved by its old key, so that both keep their id, their secrets and their queue through
 * a rename; everything else is found by its natural key. An object without a live one gets its own uuid,
 * or that which it had when it was last applied, or one derived from owner, kind and key, so that applying
 * to another database gives the same. The diagnostics say what two owners, or a document and the
 * database, disagree about; they are conflicts, never taken over silently.
 */
export function identify(
  states: readonly DesiredState[],
  live: readonly LiveObject[],
  bearings: Bearings,
): { objects: Identified[]; diagnostics: Diagnostic[] } {
  const index = indexLive(states, live, bearings)
  const objects: Identified[] = []
  const diagnostics: Diagnostic[] = []
  const seen = new Map<string, { owner: string; object: DesiredObject }>()
  for (const { owner, objects: declared } of states) {
    for (const object of declared) {
      const twin = seen.get(addressOf(object))
      const found = twin === undefined ? find(owner, object, index) : declaredTwice(owner, object, twin)
      if ('message' in found) diagnostics.push(found)
      else objects.push(found)
      seen.set(addressOf(object), { owner, object })
    }
  }
  return { objects, diagnostics }
}

type Index = {
  byAddress: ReadonlyMap<string, LiveObject>
  byId: ReadonlyMap<string, LiveObject>
  /** Ids of objects that were deleted outside, by owner and address. */
  lost: ReadonlyMap<string, string>
  /** The live object that a declared one is a renamed form of, by the declared one's owner and address. */
  moved: ReadonlyMap<string, { from: LiveObject; move: Moved }>
  given: ReadonlyMap<DesiredObject, string>
  /** Ids that are known beforehand, and those given out here. */
  claimed: Set<string>
}

function indexLive(
  states: readonly DesiredState[],
  live: readonly LiveObject[],
  { lastApplied, ids = new Map() }: Bearings,
): Index {
  const byId = new Map(live.map((object) => [object.id, object]))
  const byAddress = new Map(live.map((object) => [addressOf(object), object]))
  const lost = [...lastApplied.values()].filter(({ id }) => !byId.has(id))
  const moved = movedObjects(states, byAddress)
  const uuids = states.flatMap(({ objects }) => objects.flatMap((object) => uuidOf(object) ?? []))
  return {
    byAddress,
    byId,
    lost: new Map(lost.map((object) => [`${object.owner}/${addressOf(object)}`, object.id])),
    moved,
    given: ids,
    claimed: new Set([...uuids, ...ids.values(), ...[...moved.values()].map(({ from }) => from.id)]),
  }
}

/** A move whose `from` is not there (any more), or is not the owner's, moves nothing. */
function movedObjects(
  states: readonly DesiredState[],
  byAddress: ReadonlyMap<string, LiveObject>,
): Map<string, { from: LiveObject; move: Moved }> {
  const found = new Map<string, { from: LiveObject; move: Moved }>()
  for (const { owner, moved } of states) {
    for (const move of moved) {
      const from = byAddress.get(addressOf({ kind: move.kind, key: move.from }))
      const to = `${owner}/${addressOf({ kind: move.kind, key: move.to })}`
      if (from?.owner === owner) found.set(to, { from, move })
    }
  }
  return found
}

function find(owner: string, object: DesiredObject, index: Index): Identified | Diagnostic {
  const given = index.given.get(object)
  const uuid = given ?? uuidOf(object)
  const named = index.byAddress.get(addressOf(object))
  const same = uuid === undefined ? undefined : index.byId.get(uuid)
  const theirs = [same, named].find((one) => one !== undefined && one.owner !== owner)
  if (theirs !== undefined) return foreign(owner, object, theirs)
  // Whatever is live under its name makes place.
  if (given !== undefined) return { owner, object, id: given, live: same }
  const moved = index.moved.get(`${owner}/${addressOf(object)}`)
  if (uuid !== undefined) {
    if (moved !== undefined && moved.from.id !== uuid) return otherUuid(object, moved.from)
    if (named !== undefined && named.id !== uuid && !index.claimed.has(named.id)) return otherUuid(object, named)
    return { owner, object, id: uuid, live: same }
  }
  if (moved !== undefined) {
    if (named !== undefined && !index.claimed.has(named.id)) return bothThere(object, named, moved.move)
    return { owner, object, id: moved.from.id, live: moved.from }
  }
  // The name may have become free because its bearer, known by uuid or moved, has another one now.
  if (named !== undefined && !index.claimed.has(named.id)) return { owner, object, id: named.id, live: named }
  return { owner, object, id: newId(owner, object, index), live: undefined }
}

function newId(owner: string, object: DesiredObject, { byId, claimed, lost }: Index): string {
  let id = lost.get(`${owner}/${addressOf(object)}`) ?? uuidV5(`${owner}/${object.kind}/${object.key}`, NAMESPACE)
  // Taken only by an abonnement that was created under this name and renamed since.
  while (byId.has(id) || claimed.has(id)) id = uuidV5(id, NAMESPACE)
  claimed.add(id)
  return id
}

function uuidOf(object: DesiredObject): string | undefined {
  return object.kind === 'abonnementen' ? object.uuid : undefined
}
