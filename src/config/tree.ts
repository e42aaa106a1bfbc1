import type { Position } from '../common/diagnostics.ts'
import { positionOf, type Source, type Span } from './source.ts'

/**
 * A document as a tree in which every key and value knows where it stands. Plain data: made from YAML
 * by yaml-tree.ts, merged by parts.ts, read by everything after that.
 */
export type Tree = ScalarNode | ListNode | MapNode
export type ScalarNode = Span & {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  /** True when a variable was filled in: such a text may still become the number that the schema wants. */
  readonly interpolated?: true
}
export type ListNode = Span & { readonly kind: 'list'; readonly items: readonly Tree[] }
export type MapNode = Span & {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, Entry>
  /** Entries whose key was there already: reported, never used, but still text that may hold a secret. */
  readonly repeated?: readonly (readonly [string, Entry])[]
}
export type Entry = { readonly key: Span; readonly value: Tree }

/** Keys and list indexes from the root. */
export type Path = readonly string[]

/** One YAML document of a file: a configuration, or a part of one. */
export type Part = {
  readonly source: Source
  readonly root: MapNode
  /** Values that were reported already, by variables.ts. */
  readonly broken: readonly Path[]
}

/** The path that a JSON pointer names. */
export function pathOf(pointer: string): string[] {
  const steps = pointer.split('/').slice(1)
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** What stands at `path`: its key (for a list item or the root: none) and its value; undefined when absent. */
export function locate(root: Tree, path: Path): { key: Span | undefined; value: Tree } | undefined {
  let found: { key: Span | undefined; value: Tree } = { key: undefined, value: root }
  for (const step of path) {
    const next = child(found.value, step)
    if (next === undefined) return undefined
    found = next
  }
  return found
}

function child(node: Tree, step: string): { key: Span | undefined; value: Tree } | undefined {
  if (node.kind === 'map') return node.entries.get(step)
  const value = node.kind === 'list' ? node.items[Number(step)] : undefined
  return value && { key: undefined, value }
}

/**
 * Where to point at for `path`: its key, else its value; for what is absent the nearest thing around
 * it. `'value'` prefers the value.
 */
export function positionAt(root: Tree, path: Path, prefer: 'key' | 'value' = 'key'): Position {
  const found = locate(root, path)
  if (found === undefined) return positionAt(root, path.slice(0, -1))
  const key = prefer === 'key' ? found.key : undefined
  return positionOf(key ?? startOf(found.value))
}

/** A scalar as it stands; of a map or list the beginning, for a caret under all of it says nothing. */
function startOf(node: Tree): Span {
  if (node.kind === 'scalar') return node
  const first = node.kind === 'map' ? node.entries.values().next().value?.key : node.items[0]
  return first ?? { source: node.source, start: node.start, end: node.start + 1 }
}

/** The tree as plain JavaScript; no key can reach a prototype. */
export function toValue(node: Tree): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(toValue)
  const value: Record<string, unknown> = {}
  for (const [key, entry] of node.entries) define(value, key, toValue(entry.value))
  return value
}

function define(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true })
  else target[key] = value
}
