import { foldKey } from './key-folding.ts'

/**
 * True when the names agree with the kanaal's: one set is a subset of the other, either way (behaviour
 * reference §2.2). Both sides are compared folded, so that a kanaal with `objectType` works as well as
 * one with `object_type`.
 */
export function isConsistentWith(kanaalFilters: readonly string[], names: Iterable<string>): boolean {
  const offered = new Set(kanaalFilters.map(foldKey))
  const given = new Set(Array.from(names, foldKey))
  return isSubset(given, offered) || isSubset(offered, given)
}

function isSubset(small: ReadonlySet<string>, large: ReadonlySet<string>): boolean {
  for (const name of small) if (!large.has(name)) return false
  return true
}
