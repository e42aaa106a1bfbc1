import { placeBelow, type SecretPlace } from './secret-places.ts'
import type { Span } from './source.ts'
import type { Entry, MapNode, Path, Tree } from './tree.ts'

export type Patched = {
  root: MapNode
  /** True when the patched tree says something else than the one before. */
  changed: boolean
  /** Keys of nulls that had nothing to take away. */
  idle: { path: Path; key: Span }[]
}

/** Keys of a secret reference that name where the secret is. */
const SOURCES: readonly string[] = ['env', 'file', 'sops', 'insecureLiteral']

/**
 * Applies a JSON merge patch (RFC 7386): maps are merged, null takes away, anything else replaces.
 * Every value keeps the place where it was written. One thing differs from the RFC: a secret has one
 * source, so a patch that names one replaces the source that was there.
 */
export function mergePatch(target: MapNode, patch: MapNode, place: SecretPlace | undefined): Patched {
  const patched: Patched = { root: target, changed: false, idle: [] }
  patched.root = patchMap(target, patch, place, [], patched)
  return patched
}

function patchMap(
  target: MapNode,
  patch: MapNode,
  place: SecretPlace | undefined,
  path: Path,
  result: Patched,
): MapNode {
  const entries = new Map(target.entries)
  if (place?.secret === true) replaceSource(entries, patch)
  for (const [name, entry] of patch.entries) {
    const at = [...path, name]
    const known = entries.get(name)
    if (isNull(entry.value)) {
      if (known !== undefined) result.changed = true
      // A key that nobody knows was reported as such, and may be a secret that lost its colon.
      else if (placeBelow(place, name) !== undefined) result.idle.push({ path: at, key: entry.key })
      entries.delete(name)
    } else entries.set(name, patchEntry(known, entry, placeBelow(place, name), at, result))
  }
  return { ...target, entries }
}

function patchEntry(
  known: Entry | undefined,
  entry: Entry,
  place: SecretPlace | undefined,
  path: Path,
  result: Patched,
): Entry {
  const { value } = entry
  if (value.kind !== 'map') {
    if (known === undefined || !same(known.value, value)) result.changed = true
    return entry
  }
  if (known?.value.kind === 'map') {
    return { key: known.key, value: patchMap(known.value, value, place, path, result) }
  }
  result.changed = true
  return { key: entry.key, value: patchMap({ ...value, entries: new Map() }, value, place, path, result) }
}

function replaceSource(entries: Map<string, Entry>, patch: MapNode): void {
  const named = SOURCES.some((source) => patch.entries.has(source) && !isNull(patch.entries.get(source)!.value))
  if (named) for (const source of SOURCES) if (!patch.entries.has(source)) entries.delete(source)
}

function isNull(node: Tree): boolean {
  return node.kind === 'scalar' && node.value === null
}

/** Equal as JSON; the order of keys makes no difference. */
function same(a: Tree, b: Tree): boolean {
  if (a.kind === 'scalar') return b.kind === 'scalar' && a.value === b.value
  if (a.kind === 'list') {
    return b.kind === 'list' && a.items.length === b.items.length && a.items.every((item, i) => same(item, b.items[i]!))
  }
  if (b.kind !== 'map' || a.entries.size !== b.entries.size) return false
  return [...a.entries].every(([name, { value }]) => {
    const other = b.entries.get(name)
    return other !== undefined && same(value, other.value)
  })
}
