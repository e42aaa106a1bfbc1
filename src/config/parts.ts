import type { Diagnostic, Position } from '../common/diagnostics.ts'
import { quoted } from './quoted.ts'
import { positionOf, type Span } from './source.ts'
import { locate, positionAt, type Entry, type Part, type Path } from './tree.ts'

/** Sections that several files may add entries to; any other section is written in one file. */
const SHARED_SECTIONS: ReadonlySet<string> = new Set([
  'externalCredentials',
  'clientCredentials',
  'kanalen',
  'abonnementen',
])

/** A whole document, and the values in it that were reported already. */
export type Merged = Pick<Part, 'root' | 'broken'>

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

function nameOf(part: Part): string | undefined {
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
  return { root: { ...first!.root, entries: merged }, broken: group.flatMap((part) => part.broken.map(inMerged)) }
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
