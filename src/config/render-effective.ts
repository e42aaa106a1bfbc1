import { Document, Pair, Scalar, YAMLMap, YAMLSeq, type Node, type ScalarTag } from 'yaml'
import { SECRET_MASK } from '../common/secret.ts'
import { escapeVariables } from './escape.ts'
import { holdsNames, inSchemaOrder, orderBelow, ROOTS, type OrderedPlace } from './key-order.ts'
import type { Merged } from './parts.ts'
import { positionOf } from './source.ts'
import { locate, type MapNode, type Path } from './tree.ts'
import { validateDocument } from './validate.ts'

/** Where a value was written. */
export type Origin = { file: string; line: number; column: number }

/** A document as it is applied: variables filled in, overlays merged; defaults are not added. */
export type Effective = { value: unknown; origins: Map<string, Origin> }

/**
 * What a valid document says, keys in canonical order, with the place of every value by JSON pointer.
 * Secrets are references; a literal is masked.
 */
export function effectiveDocument({ root }: Pick<Merged, 'root'>): Effective {
  const origins = new Map<string, Origin>()
  const value = ordered(validateDocument(root).document, [], ROOTS.Configuration, { root, origins })
  return { value, origins }
}

type World = { root: MapNode; origins: Map<string, Origin> }

function ordered(value: unknown, path: Path, place: OrderedPlace, world: World): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0) remember(path, world)
    return value.map((item, index) => ordered(item, [...path, String(index)], place?.any, world))
  }
  if (typeof value !== 'object' || value === null) {
    remember(path, world)
    return value
  }
  const entries = Object.entries(value)
  if (entries.length === 0) remember(path, world)
  const inOrder = holdsNames(place)
    ? entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
    : inSchemaOrder(entries, ([key]) => key, place)
  return Object.fromEntries(
    inOrder.map(([key, member]) => {
      const shown = ordered(member, [...path, key], orderBelow(place, key), world)
      return [key, place?.secret === true && key === 'insecureLiteral' ? SECRET_MASK : shown]
    }),
  )
}

function remember(path: Path, { root, origins }: World): void {
  const node = locate(root, path)?.value
  if (node === undefined) return
  const { file, line, column } = positionOf(node)
  origins.set(pointerOf(path), { file, line, column })
}

function pointerOf(path: Path): string {
  return path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The document as YAML; with `origins` each value has a comment that says where it was written. */
export function renderEffective({ value, origins }: Effective, options: { origins: boolean }): string {
  const document = new Document(undefined, { customTags: [emptyTag] })
  const comment = (path: Path): string | undefined => {
    const origin = options.origins ? origins.get(pointerOf(path)) : undefined
    return origin && ` ${origin.file}:${origin.line}`
  }
  document.contents = nodeOf(value, [], ROOTS.Configuration, comment) as typeof document.contents
  for (const pair of (document.contents as YAMLMap<Scalar>).items.slice(3)) pair.key.spaceBefore = true
  return document.toString({ lineWidth: 0 })
}

function nodeOf(value: unknown, path: Path, place: OrderedPlace, comment: (path: Path) => string | undefined): Node {
  const said = comment(path)
  let node: Scalar | YAMLMap | YAMLSeq
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) {
    node = new Scalar(new Empty(Array.isArray(value) ? '[]' : '{}'))
  } else if (Array.isArray(value)) {
    node = new YAMLSeq()
    node.items = value.map((item, index) => nodeOf(item, [...path, String(index)], place?.any, comment))
  } else if (typeof value === 'object' && value !== null) {
    node = new YAMLMap()
    node.items = Object.entries(value).map(
      ([key, member]) => new Pair(new Scalar(key), nodeOf(member, [...path, key], orderBelow(place, key), comment)),
    )
  } else {
    // In a secret and in extension data variables are not filled in.
    const literal = path[0]?.startsWith('x-') === true || place?.secret === true || insideSecret(path)
    node = new Scalar(literal ? value : escapeVariables(value))
  }
  if (said !== undefined) node.comment = said
  return node
}

/** An empty collection, which as a scalar keeps its comment on its line. */
class Empty {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const emptyTag: ScalarTag = {
  tag: '!empty',
  default: true,
  identify: (value) => value instanceof Empty,
  resolve: (text) => text,
  test: /^(?!)/,
  stringify: ({ value }) => (value as Empty).text,
}

function insideSecret(path: Path): boolean {
  let place = ROOTS.Configuration
  return path.some((step) => (place = orderBelow(place, step))?.secret === true)
}
