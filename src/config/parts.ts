import type { Diagnostic, Position } from '../common/diagnostics.ts'
import { quoted } from './quoted.ts'
import { placeBelow, type SecretPlace } from './secret-places.ts'
import { positionOf, sourceOf, type Span } from './source.ts'
import { locate, positionAt, type Entry, type MapNode, type Part, type Path } from './tree.ts'

/** Sections that several files may add entries to; any other section is written in one file. */
const SHARED_SECTIONS: ReadonlySet<string> = new Set([
  'externalCredentials',
  'clientCredentials',
  'kanalen',
  'abonnementen',
])

/** A whole document, the files that it was in, and the values in it that were reported already. */
export type Merged = Pick<Part, 'root' | 'broken'> & {
  files: readonly string[]
  /** What was found on the way, of which the document itself may say how much it counts. */
  findings: readonly Diagnostic[]
}

/**
 * Puts the parts of one `metadata.name` together; other names are other documents. A key that two
 * parts define is reported with both places, and the first stands. A part that has no readable name
 * is a document of its own, for the schema to report.
 */
export function mergeParts(parts: readonly Part[]): { documents: Merged[]; diagnostics: Diagnostic[] } {
  const byName = new Map<unknown, Part[]>()
  for (const part of parts) {
    const name = nameOf(part) ?? part
    const known = byName.get(name)
    if (known === undefined) byName.set(name, [part])
    else known.push(part)
  }
  const diagnostics: Diagnostic[] = []
  const documents = [...byName.values()].map((group) => merge(group, diagnostics))
  return { documents, diagnostics }
}

/** `metadata.name`, when it can be read. */
export function nameOf(part: Pick<Part, 'root'>): string | undefined {
  const name = locate(part.root, ['metadata', 'name'])?.value
  return name?.kind === 'scalar' && typeof name.value === 'string' ? name.value : undefined
}

function merge(group: readonly Part[], diagnostics: Diagnostic[]): Merged {
  const [first, ...others] = group
  const merged = new Map(first!.root.entries)
  for (const part of others) {
    for (const required of ['apiVersion', 'kind']) {
      if (!part.root.entries.has(required)) diagnostics.push(missing(required, positionAt(part.root, [])))
    }
    for (const [name, entry] of part.root.entries) {
      const known = merged.get(name)
      merged.set(name, known === undefined ? entry : mergeEntry([name], known, entry, diagnostics))
    }
  }
  const rest = {
    broken: group.flatMap((part) => part.broken.map(inMerged)),
    files: group.map(({ source }) => source.file),
    findings: [],
  }
  return { root: { ...first!.root, entries: merged }, ...rest }
}

/** In the list of all parts a rename has another index. */
function inMerged(path: Path): Path {
  return path[0] === 'moved' ? ['moved'] : path
}

function mergeEntry(path: Path, first: Entry, second: Entry, diagnostics: Diagnostic[]): Entry {
  const [section = ''] = path
  // Extension data is nobody's configuration; each file may keep its own anchors there.
  if (section.startsWith('x-')) return first
  // Each file may tell of its own renames.
  if (section === 'moved' && first.value.kind === 'list' && second.value.kind === 'list') {
    return { key: first.key, value: { ...first.value, items: [...first.value.items, ...second.value.items] } }
  }
  const bothMaps = first.value.kind === 'map' && second.value.kind === 'map'
  if (path.length === 1 && bothMaps && (SHARED_SECTIONS.has(section) || section === 'metadata')) {
    return mergeMaps(path, first, second, diagnostics)
  }
  // Every part repeats the header.
  const header = section === 'apiVersion' || section === 'kind' || section === 'metadata'
  if (!header) diagnostics.push(definedTwice(path, first.key, second.key))
  else if (!sameScalar(first, second)) diagnostics.push(differs(path, first.key, second.key))
  return first
}

function mergeMaps(path: Path, first: Entry, second: Entry, diagnostics: Diagnostic[]): Entry {
  if (first.value.kind !== 'map' || second.value.kind !== 'map') return first
  const entries = new Map(first.value.entries)
  for (const [name, entry] of second.value.entries) {
    const known = entries.get(name)
    entries.set(name, known === undefined ? entry : mergeEntry([...path, name], known, entry, diagnostics))
  }
  return { key: first.key, value: { ...first.value, entries } }
}

/** Puts patches together; what two of them say is reported with both places, and the first stands. */
export function mergePatches(
  patches: readonly PatchEntry[],
  place: SecretPlace | undefined,
): { patch: MapNode; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const [first, ...others] = patches
  if (first === undefined) return { patch: NOTHING, diagnostics }
  const patch = others.reduce((all, { value }) => mergePatchMaps(place, [], all, value, diagnostics), first.value)
  return { patch, diagnostics }
}

type PatchEntry = { key: Span; value: MapNode }

const NOTHING: MapNode = { kind: 'map', entries: new Map(), source: sourceOf('', ''), start: 0, end: 0 }

function mergePatchMaps(
  place: SecretPlace | undefined,
  path: Path,
  first: MapNode,
  second: MapNode,
  diagnostics: Diagnostic[],
): MapNode {
  const entries = new Map(first.entries)
  for (const [name, entry] of second.entries) {
    const known = entries.get(name)
    const below = placeBelow(place, name)
    // A key that nobody knows may be a secret that lost its colon: it is not named.
    const at = below === undefined ? path : [...path, name]
    if (known === undefined) entries.set(name, entry)
    else if (known.value.kind === 'map' && entry.value.kind === 'map') {
      const value = mergePatchMaps(below, at, known.value, entry.value, diagnostics)
      entries.set(name, { key: known.key, value })
    } else diagnostics.push(definedTwice(at, known.key, entry.key))
  }
  return { ...first, entries }
}

function sameScalar({ value: a }: Entry, { value: b }: Entry): boolean {
  return a.kind === 'scalar' && b.kind === 'scalar' && a.value === b.value
}

function definedTwice(path: Path, first: Span, second: Span): Diagnostic {
  const position = positionOf(second)
  return {
    id: 'parts/duplicate-key',
    severity: 'error',
    message: `${quoted(path.join('.'))} is defined twice: ${place(positionOf(first))} and ${place(position)}`,
    position,
    path: path.join('.'),
    label: `first in ${place(positionOf(first))}`,
  }
}

function differs(path: Path, first: Span, second: Span): Diagnostic {
  return {
    id: 'parts/differs',
    severity: 'error',
    message: `${quoted(path.join('.'))} is not what another file of the same configuration says`,
    position: positionOf(second),
    path: path.join('.'),
    label: `otherwise in ${place(positionOf(first))}`,
    help: ['files with one metadata.name are parts of one document'],
  }
}

function missing(key: string, position: Position): Diagnostic {
  return {
    id: 'schema/required',
    severity: 'error',
    message: `the document lacks ${key}`,
    position,
    help: ['every file begins with apiVersion, kind and metadata'],
  }
}

function place({ file, line }: Position): string {
  return `${file}:${line}`
}
