import type { Position } from '../common/diagnostics.ts'
import type { DesiredState } from '../config/desired-state.ts'
import { shownFingerprint } from '../secrets/fingerprint.ts'
import { showReference } from '../secrets/references.ts'
import { contentHash, secretKey } from './content-hash.ts'
import type { DeclaredObject } from './declared-object.ts'
import { differences, positionOf } from './field-changes.ts'
import type { LiveObject, LiveSecret } from './kind.ts'
import { addressOf, KINDS_IN_ORDER } from './kinds.ts'
import type { Change, FieldChange, Origin, SecretFieldChange, ShownSecret } from './plan.ts'

export type Diff = {
  changes: Change[]
  /** Declared objects to write, new or changed. */
  written: DeclaredObject[]
  /** Live objects to delete. */
  deleted: LiveObject[]
  unchanged: DeclaredObject[]
  /** Live objects of the documents that they do not mention and that stay. */
  leftAlone: LiveObject[]
  /** Live objects of other owners. */
  foreign: LiveObject[]
}

/**
 * Compares what is declared with what is live. Pure: the same input, in any order, gives the same
 * output. An object that a document owns and no longer mentions is deleted when its section is
 * present; a section that is absent says nothing.
 */
export function diff(
  states: readonly DesiredState[],
  declared: readonly DeclaredObject[],
  live: readonly LiveObject[],
): Diff {
  const [unchanged, written] = partition(declared, isUnchanged)
  const wanted = new Set(declared.map(({ id }) => id))
  const byOwner = new Map(states.map((state) => [state.owner, state]))
  const [ours, foreign] = partition(live, ({ owner }) => byOwner.has(owner))
  const orphans = ours.filter(({ id }) => !wanted.has(id))
  const [deleted, leftAlone] = partition(orphans, (object) => prunes(byOwner.get(object.owner), object))
  const changes = [...written.map(writeChange), ...deleted.map(deleteChange)]
  return { changes: changes.toSorted(inOrder), written, deleted, unchanged, leftAlone, foreign }
}

function isUnchanged({ object, live, hash }: DeclaredObject): boolean {
  return live !== undefined && live.key === object.key && contentHash(live) === hash
}

function prunes(state: DesiredState | undefined, object: LiveObject): boolean {
  if (state === undefined || state.reconcile.prune === 'none') return false
  if (object.kind !== 'settings') return state.declared.has(object.kind)
  return ([...state.declaredSettings] as string[]).includes(object.key)
}

function writeChange(declared: DeclaredObject): Change {
  const { object, owner, id, live, secrets } = declared
  const plain = differences(live?.spec, object.spec).map((difference): FieldChange => ({
    ...difference,
    origin: originOf(positionOf(object, difference.path)),
  }))
  const renamed: FieldChange[] =
    live === undefined || live.key === object.key
      ? []
      : [{ path: 'name', before: live.key, after: object.key, origin: originOf(object.position) }]
  return {
    action: live === undefined ? 'create' : 'update',
    address: addressOf(object),
    kind: object.kind,
    key: object.key,
    id,
    owner,
    origin: originOf(object.position),
    fields: [...renamed, ...plain, ...secretChanges(live?.secrets ?? [], secrets, originOf(object.position))],
    consequences: [],
  }
}

function deleteChange(live: LiveObject): Change {
  const plain = differences(live.spec, undefined).map((difference): FieldChange => ({ ...difference, origin: null }))
  return {
    action: 'delete',
    address: addressOf(live),
    kind: live.kind,
    key: live.key,
    id: live.id,
    owner: live.owner,
    origin: null,
    fields: [...plain, ...secretChanges(live.secrets, [], null)],
    consequences: [],
  }
}

function secretChanges(
  before: readonly LiveSecret[],
  after: readonly (LiveSecret & { position: Position })[],
  otherwise: Origin | null,
): SecretFieldChange[] {
  const old = new Map(before.map((secret) => [secretKey(secret), secret]))
  const now = new Map(after.map((secret) => [secretKey(secret), secret]))
  const keys = [...new Set([...old.keys(), ...now.keys()])].toSorted()
  return keys.flatMap((key) => {
    const [was, is] = [old.get(key), now.get(key)]
    const named = is ?? was
    if (named === undefined || (was && is && sameSecret(was, is))) return []
    return {
      path: secretPath(named),
      sensitive: true,
      ...(was === undefined ? {} : { before: shown(was) }),
      ...(is === undefined ? {} : { after: shown(is) }),
      origin: is === undefined ? otherwise : originOf(is.position),
    }
  })
}

function sameSecret(a: LiveSecret, b: LiveSecret): boolean {
  const hash = (secret: LiveSecret): string => contentHash({ spec: null, protected: false, secrets: [secret] })
  return hash(a) === hash(b)
}

/** A previous secret stands beside the current one: `secret`, `previousSecret`. */
function secretPath({ field, slot }: LiveSecret): string {
  return slot === 'current'
    ? field
    : field.replace(/\w+$/, (name) => `previous${name[0]?.toUpperCase()}${name.slice(1)}`)
}

function shown({ fingerprint, reference, expiresAt }: LiveSecret): ShownSecret {
  return {
    fingerprint: shownFingerprint(fingerprint),
    reference: reference === null ? null : showReference(reference),
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  }
}

function originOf({ file, line, column }: Position): Origin {
  return { file, line, column }
}

const RANK = new Map(KINDS_IN_ORDER.map(({ name }, index) => [name, index]))

function inOrder(a: Change, b: Change): number {
  const byKind = (RANK.get(a.kind) ?? 0) - (RANK.get(b.kind) ?? 0)
  if (byKind !== 0) return byKind
  if (a.key !== b.key) return a.key < b.key ? -1 : 1
  return a.action < b.action ? 1 : -1
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  return [items.filter((item) => belongs(item)), items.filter((item) => !belongs(item))]
}
