import { canonicalJson } from '../common/canonical-json.ts'
import type { Position } from '../common/diagnostics.ts'
import { formatDuration } from '../common/duration.ts'
import type { DesiredObject } from '../config/desired-state.ts'

/** One field that differs, spelled as in a document. Absent `before`: added; absent `after`: removed. */
export type FieldDifference = {
  /** Dotted path inside the object, indexes included; empty when the object is a single value. */
  path: string
  before?: unknown
  after?: unknown
}

type Members = Readonly<Record<string, unknown>>

/**
 * Compares two specs, field by field; `undefined` stands for an object that is not there. Lists are
 * compared member by member when they are equally long lists of objects, else as a whole.
 */
export function differences(before: unknown, after: unknown, path: readonly string[] = []): FieldDifference[] {
  if (canonicalJson(before) === canonicalJson(after)) return []
  const pair = asMembers(before, after)
  if (pair === undefined) return [leaf(path, before, after)]
  const names = [...new Set([...Object.keys(pair.before), ...Object.keys(pair.after)])]
  return names.flatMap((name) => differences(pair.before[name], pair.after[name], [...path, name]))
}

/** Where `path` of `object` stands in the document, or else the nearest thing around it that has a place. */
export function positionOf(object: DesiredObject, path: string): Position {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), 0))) {
    const position = object.fields.get(at)
    if (position !== undefined) return position
  }
  return object.position
}

function asMembers(before: unknown, after: unknown): { before: Members; after: Members } | undefined {
  if (isMembers(before) && isMembers(after)) return { before, after }
  if (isMembers(before) && after === undefined) return { before, after: {} }
  if (before === undefined && isMembers(after)) return { before: {}, after }
  if (!isListOfMembers(before) || !isListOfMembers(after) || before.length !== after.length) return undefined
  return { before: Object.fromEntries(before.entries()), after: Object.fromEntries(after.entries()) }
}

function isListOfMembers(value: unknown): value is Members[] {
  return Array.isArray(value) && value.every((member) => isMembers(member))
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Specs count milliseconds in fields that end in `Ms`; a document writes `timeout: 10s`. */
function leaf(path: readonly string[], before: unknown, after: unknown): FieldDifference {
  const name = path.join('.')
  const isDuration = name.endsWith('Ms') && [before, after].some((value) => typeof value === 'number')
  const shown = (value: unknown): unknown => (isDuration && typeof value === 'number' ? formatDuration(value) : value)
  return {
    path: isDuration ? name.slice(0, -'Ms'.length) : name,
    ...(before === undefined ? {} : { before: shown(before) }),
    ...(after === undefined ? {} : { after: shown(after) }),
  }
}
