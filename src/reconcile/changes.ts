import type { Position } from '../common/diagnostics.ts'
import type { DeclaredObject } from './declared-object.ts'
import type { Drifted } from './drift.ts'
import { originOf, overlap, plainChanges, positionOf, secretChanges } from './field-changes.ts'
import type { LiveObject, LiveSecret } from './kind.ts'
import { addressOf } from './kinds.ts'
import type { LastApplied } from './last-applied.ts'
import type { Change, FieldChange, Origin } from './plan.ts'

type PlacedSecret = LiveSecret & { position?: Position }

/** What writing a declared object changes, field by field. What only puts back drift is marked so. */
export function writeChange(declared: DeclaredObject, drifted: Drifted | undefined): Change {
  const { owner, id, live, target } = declared
  const { object } = target
  const at = (path: string): Origin => originOf(positionOf(object, path))
  const renamed: FieldChange[] =
    live === undefined || live.key === object.key
      ? []
      : [{ path: 'name', before: live.key, after: object.key, origin: originOf(object.position) }]
  const fields: FieldChange[] = [
    ...renamed,
    ...plainChanges(live, object, at),
    ...secretChanges<PlacedSecret>(live?.secrets ?? [], [...target.secrets, ...target.keptSecrets], (secret) =>
      originOf(secret?.position ?? object.position),
    ),
  ]
  return {
    action: live === undefined ? 'create' : 'update',
    address: addressOf(object),
    kind: object.kind,
    key: object.key,
    id,
    owner,
    origin: originOf(object.position),
    fields: drifted?.live === undefined ? fields : markDrift(fields, declared, drifted.last),
    consequences: [],
  }
}

/** What deleting a live object takes away. */
export function deleteChange(live: LiveObject): Change {
  return {
    action: 'delete',
    address: addressOf(live),
    kind: live.kind,
    key: live.key,
    id: live.id,
    owner: live.owner,
    origin: null,
    fields: [...plainChanges(live, undefined, () => null), ...secretChanges(live.secrets, [], () => null)],
    consequences: [],
  }
}

/** An object that is gone and no longer declared: the history has to know, the database does already. */
export function forgetChange({ kind, key, id, owner }: LastApplied): Change {
  return {
    action: 'delete',
    address: addressOf({ kind, key }),
    kind,
    key,
    id,
    owner,
    origin: null,
    fields: [],
    consequences: ['it is gone already: it was deleted outside this configuration'],
  }
}

/** A field that the document did not change since it was last applied can only put something back. */
function markDrift(fields: FieldChange[], { object, secrets }: DeclaredObject, last: LastApplied): FieldChange[] {
  const changed = [
    ...(last.key === object.key ? [] : ['name']),
    ...plainChanges(last.content, object, () => null).map(({ path }) => path),
    ...secretChanges(last.content.secrets, secrets, () => null).map(({ path }) => path),
  ]
  const isChange = ({ path }: FieldChange): boolean => changed.some((other) => overlap(path, other))
  return fields.map((field) => (isChange(field) ? field : { ...field, drift: true }))
}
