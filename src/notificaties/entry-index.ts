import type { Demand } from './filters.ts'

/** Finds what may pass a message with these values; each is to be tested still. */
export type FindCandidates<Entry> = (values: Readonly<Record<string, unknown>>) => Entry[]

/**
 * An inverted index of entries by one of their demands each, that of the key with the most different values: with
 * 10 000 abonnementen that each want another zaaktype or bronorganisatie, a message meets a handful instead of all
 * (`npm run bench -- matching`). What a message does not have demands nothing of it, so then all of a key are found.
 */
export function indexEntries<Entry extends { demands: readonly Demand[] }>(
  entries: readonly Entry[],
): FindCandidates<Entry> {
  const different = new Map<string, Set<string>>()
  for (const { key, value } of entries.flatMap(({ demands }) => demands))
    add(different, key, new Set<string>()).add(value)
  const sizeOf = ({ key }: Demand): number => different.get(key)?.size ?? 0

  const free: Entry[] = []
  const byKey = new Map<string, { all: Entry[]; byValue: Map<string, Entry[]> }>()
  for (const entry of entries) {
    const [first, ...others] = entry.demands
    if (first === undefined) {
      free.push(entry)
      continue
    }
    const { key, value } = others.reduce((best, each) => (sizeOf(each) > sizeOf(best) ? each : best), first)
    const found = add(byKey, key, { all: [], byValue: new Map<string, Entry[]>() })
    found.all.push(entry)
    add(found.byValue, value, []).push(entry)
  }
  return (values) => {
    const candidates = [...free]
    for (const [key, { all, byValue }] of byKey) {
      const found = Object.hasOwn(values, key) ? byValue.get(values[key] as string) : all
      for (const entry of found ?? []) candidates.push(entry)
    }
    return candidates
  }
}

/** What the map has at `key`; `fresh` from now on when it had nothing. */
function add<Value>(map: Map<string, Value>, key: string, fresh: Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  map.set(key, fresh)
  return fresh
}
