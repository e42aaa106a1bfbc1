import type { DesiredState } from '../config/desired-state.ts'
import { deleteChange, forgetChange, writeChange } from './changes.ts'
import { contentHash } from './content-hash.ts'
import type { DeclaredObject } from './declared-object.ts'
import { findDrift, isLeft, shownDrift, type Drifted } from './drift.ts'
import type { LiveObject } from './kind.ts'
import { KINDS_IN_ORDER } from './kinds.ts'
import type { LastApplied } from './last-applied.ts'
import type { Change, Drift } from './plan.ts'
import { keepPermitted, staysAway } from './target.ts'

/** What to do about what a client changed within its permission; everything else is put back. */
export type OnDrift = 'keep' | 'overwrite' | 'fail'

export type Diff = {
  changes: Change[]
  drift: Drift[]
  /** Declared objects to write, new or changed. */
  written: DeclaredObject[]
  /** Live objects to delete. */
  deleted: LiveObject[]
  unchanged: DeclaredObject[]
  /** Declared objects that their client deleted and may. */
  away: DeclaredObject[]
  /** Live objects of the documents that they do not mention and that stay. */
  leftAlone: LiveObject[]
  /** Objects that are gone and that the documents no longer mention: the history forgets them. */
  forgotten: LastApplied[]
  /** Objects that are gone and of which the documents say nothing. */
  missing: LastApplied[]
  /** Live objects of other owners. */
  foreign: LiveObject[]
  /** What was last applied of the objects that drifted, by id. */
  drifted: ReadonlyMap<string, Drifted>
}

/**
 * Compares what is declared with what is live and with what was last applied. Pure: the same input, in
 * any order, gives the same output. An object that a document owns and no longer mentions is deleted
 * when its section is present; a section that is absent says nothing.
 */
export function diff(
  states: readonly DesiredState[],
  declared: readonly DeclaredObject[],
  live: readonly LiveObject[],
  lastApplied: ReadonlyMap<string, LastApplied>,
  onDrift: OnDrift,
): Diff {
  const drifted = findDrift(lastApplied, live)
  const keeps = onDrift !== 'overwrite'
  const [away, present] = partition(declared, (one) => keeps && staysAway(one, drifted.get(one.id)))
  const targets = keeps ? present.map((one) => keepPermitted(one, drifted.get(one.id))) : present
  const [unchanged, written] = partition(targets, isUnchanged)
  const wanted = new Set(declared.map(({ id }) => id))
  const byOwner = new Map(states.map((state) => [state.owner, state]))
  const [ours, foreign] = partition(live, ({ owner }) => byOwner.has(owner))
  const orphans = ours.filter(({ id }) => !wanted.has(id))
  const [deleted, leftAlone] = partition(orphans, (object) => prunes(byOwner.get(object.owner), object))
  const gone = [...drifted.values()].filter((one) => one.live === undefined && !wanted.has(one.last.id))
  const [forgotten, missing] = partition(
    gone.map(({ last }) => last),
    (object) => prunes(byOwner.get(object.owner), object),
  )
  const changes = [
    ...written.map((one) => writeChange(one, drifted.get(one.id))),
    ...deleted.map(deleteChange),
    ...forgotten.map(forgetChange),
  ]
  const changeOf = new Map(changes.map((change) => [change.id, change]))
  return {
    changes: changes.toSorted(inOrder),
    drift: [...drifted.values()]
      .map((one) => shownDrift(one))
      .map((one) => ({ ...one, kept: isLeft(one, changeOf.get(one.id)) }))
      .toSorted(inOrder),
    written,
    deleted,
    unchanged,
    away,
    leftAlone,
    forgotten,
    missing,
    foreign,
    drifted,
  }
}

function isUnchanged({ target, live }: DeclaredObject): boolean {
  return live !== undefined && live.key === target.object.key && contentHash(live) === target.hash
}

function prunes(state: DesiredState | undefined, object: { kind: LiveObject['kind']; key: string }): boolean {
  if (state === undefined || state.reconcile.prune === 'none') return false
  if (object.kind !== 'settings') return state.declared.has(object.kind)
  return ([...state.declaredSettings] as string[]).includes(object.key)
}

const RANK = new Map(KINDS_IN_ORDER.map(({ name }, index) => [name, index]))

/** Parents first, within a kind by key. */
export function inOrder(a: Ordered, b: Ordered): number {
  const byKind = (RANK.get(a.kind) ?? 0) - (RANK.get(b.kind) ?? 0)
  if (byKind !== 0) return byKind
  if (a.key !== b.key) return a.key < b.key ? -1 : 1
  return (a.action ?? '') < (b.action ?? '') ? 1 : -1
}
type Ordered = Pick<Change, 'kind' | 'key'> & { action?: Change['action'] }

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  return [items.filter((item) => belongs(item)), items.filter((item) => !belongs(item))]
}
