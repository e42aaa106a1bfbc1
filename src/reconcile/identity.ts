import { v5 as uuidV5 } from 'uuid'
import type { Diagnostic } from '../common/diagnostics.ts'
import { isDeclared } from '../common/snapshot.ts'
import type { DesiredObject, DesiredState } from '../config/desired-state.ts'
import type { LiveObject } from './kind.ts'
import { addressOf } from './kinds.ts'
import type { LastApplied } from './last-applied.ts'
import type { Known } from './planner.ts'

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

/**
 * Finds for every declared object the live one. An abonnement that gives its uuid is found by that, so
 * it keeps its queue through a rename; everything else is found by its natural key. An object without
 * a live one gets its own uuid, or that which it had when it was last applied, or one derived from owner,
 * kind and key, so that applying to another database gives the same. The diagnostics say what two owners, or a document and the database,
 * disagree about; they are conflicts, never taken over silently.
 */
export function identify(
  states: readonly DesiredState[],
  live: readonly LiveObject[],
  lastApplied: ReadonlyMap<string, LastApplied>,
  ids: Known['ids'] = new Map(),
): { objects: Identified[]; diagnostics: Diagnostic[] } {
  const index = indexLive(states, live, lastApplied, ids)
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
  /** Ids that are known beforehand. */
  known: Known['ids']
  /** uuids that documents give, those known beforehand and those given out here. */
  claimed: Set<string>
}

function indexLive(
  states: readonly DesiredState[],
  live: readonly LiveObject[],
  lastApplied: ReadonlyMap<string, LastApplied>,
  known: Known['ids'],
): Index {
  const byId = new Map(live.map((object) => [object.id, object]))
  const lost = [...lastApplied.values()].filter(({ id }) => !byId.has(id))
  return {
    byAddress: new Map(live.map((object) => [addressOf(object), object])),
    byId,
    lost: new Map(lost.map((object) => [`${object.owner}/${addressOf(object)}`, object.id])),
    known,
    claimed: new Set(states.flatMap(({ objects }) => objects.flatMap((object) => uuidOf(object, known) ?? []))),
  }
}

function find(owner: string, object: DesiredObject, index: Index): Identified | Diagnostic {
  const uuid = uuidOf(object, index.known)
  const named = index.byAddress.get(addressOf(object))
  if (uuid !== undefined) {
    const same = index.byId.get(uuid)
    if (same !== undefined && same.owner !== owner) return foreign(owner, object, same)
    if (named !== undefined && named.owner !== owner) return foreign(owner, object, named)
    const replaces = named !== undefined && named.id !== uuid && !index.claimed.has(named.id)
    // A return to an earlier state takes away what bears the name since.
    if (replaces && !index.known.has(object)) return otherUuid(object, named)
    return { owner, object, id: uuid, live: same }
  }
  if (named !== undefined && named.owner !== owner) return foreign(owner, object, named)
  // The name may have become free because its bearer, known by uuid, has another one now.
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

function uuidOf(object: DesiredObject, known: Known['ids']): string | undefined {
  return known.get(object) ?? (object.kind === 'abonnementen' ? object.uuid : undefined)
}

function foreign(owner: string, object: DesiredObject, live: LiveObject): Diagnostic {
  const path = addressOf(object)
  const whose = isDeclared(live.owner)
    ? `belongs to the configuration "${live.owner}"`
    : `was made through the API by the client "${live.owner.replace(/^client:/, '')}"`
  return {
    id: 'owner/conflict',
    severity: 'error',
    message: `${addressOf(live)} ${whose}; this configuration is "${owner}"`,
    position: object.position,
    path,
    help: ['let one configuration declare it, or delete it there first'],
  }
}

function declaredTwice(
  owner: string,
  object: DesiredObject,
  twin: { owner: string; object: DesiredObject },
): Diagnostic {
  const { file, line } = twin.object.position
  return {
    id: 'owner/conflict',
    severity: 'error',
    message: `${addressOf(object)} is declared by "${owner}" and by "${twin.owner}" (${file}:${line})`,
    position: object.position,
    path: addressOf(object),
    help: ['let one configuration declare it'],
  }
}

function otherUuid(object: DesiredObject, live: LiveObject): Diagnostic {
  return {
    id: 'abonnement/uuid',
    severity: 'error',
    message: `${addressOf(object)} has the uuid ${live.id}, and an uuid never changes`,
    position: object.fields.get('uuid') ?? object.position,
    path: addressOf(object),
    help: [`write uuid: ${live.id}, or give the abonnement another name to make a new one`],
  }
}
