import { isAlias, isScalar, isSeq, parseAllDocuments, type Alias, type Document, type Node, type YAMLMap } from 'yaml'
import type { Diagnostic } from '../common/diagnostics.ts'
import { positionOf, type Source, type Span } from './source.ts'
import type { Entry, MapNode, Part, ScalarNode, Tree } from './tree.ts'
import { explainYamlError } from './yaml-errors.ts'

/** How many nodes aliases may add to a file: a "billion laughs" stops here, honest sharing does not. */
const ALIAS_BUDGET = 100_000
/** Far deeper than any document of ours; the parser and this walk are recursive. */
const MAX_DEPTH = 64
/** One mistake often makes the parser stumble over the lines below it too. */
const MAX_SYNTAX_ERRORS = 3

export type ParsedSource = {
  parts: Part[]
  diagnostics: Diagnostic[]
  /** False when the text is not YAML: then nothing is known of its structure. */
  wellFormed: boolean
}

/**
 * Parses one source into a part for each YAML document in it. Nothing is thrown: a syntax error, a key
 * that stands twice, an alias bomb, a tab or a root that is not a map are diagnostics.
 */
export function parseSource(source: Source): ParsedSource {
  const documents = parse(source)
  if (documents === undefined) return failed([tooDeep({ source, start: 0, end: 1 })])
  const syntax = documents.flatMap((document) => syntaxErrors(document, source))
  if (syntax.length > 0) return failed(syntax)
  const builder = new TreeBuilder(source)
  const parts: Part[] = []
  for (const document of documents) {
    const root = document.contents && builder.document(document.contents)
    // `---` at the end of a file opens a document with nothing in it.
    if (!root || (root.kind === 'scalar' && root.value === null)) continue
    if (root.kind === 'map') parts.push({ source, root, broken: [] })
    else builder.report('document/not-a-map', root, 'a configuration is a map of keys, such as apiVersion and metadata')
  }
  if (parts.length === 0 && builder.diagnostics.length === 0) builder.diagnostics.push(emptySource(source))
  return { parts, diagnostics: builder.diagnostics, wellFormed: true }
}

function failed(diagnostics: Diagnostic[]): ParsedSource {
  return { parts: [], diagnostics, wellFormed: false }
}

/** Undefined when the parser ran out of stack. Keys are compared in TreeBuilder, which is faster and names both lines. */
function parse(source: Source): Document[] | undefined {
  try {
    return [...parseAllDocuments(source.text, { prettyErrors: false, uniqueKeys: false, logLevel: 'silent' })]
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function syntaxErrors(document: Document, source: Source): Diagnostic[] {
  const byLine = new Map<number, Diagnostic>()
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    const { message, help } = explainYamlError(code)
    const position = positionOf({ source, start: Math.min(pos[0], source.text.length), end: pos[1] })
    if (byLine.has(position.line)) continue
    // What the parser objects to may be a secret; its length is nobody's business.
    byLine.set(position.line, {
      id: 'yaml/syntax',
      severity: 'error',
      message,
      position: { ...position, length: 1 },
      help,
    })
  }
  return [...byLine.values()].slice(0, MAX_SYNTAX_ERRORS)
}

/** Builds the trees of one source. A shared value (anchor and aliases) is one shared tree. */
class TreeBuilder {
  readonly diagnostics: Diagnostic[] = []
  readonly #source: Source
  /** By name of the anchor: its tree, and how many nodes that has with its own aliases written out. */
  #anchors = new Map<string, { tree: Tree; size: number }>()
  /** Anchors whose value is being built. */
  readonly #open = new Set<string>()
  /** Nodes so far, aliases written out. */
  #nodes = 0
  #aliasNodes = 0

  constructor(source: Source) {
    this.#source = source
  }

  report(id: string, span: Span, message: string, more: Partial<Diagnostic> = {}): void {
    this.diagnostics.push({ id, severity: 'error', message, position: positionOf(span), ...more })
  }

  document(contents: Node): Tree {
    this.#anchors = new Map()
    return this.#build(contents, 0)
  }

  #build(node: Node, depth: number): Tree {
    if (isAlias(node)) return this.#alias(node.source, this.#span(node))
    const before = this.#nodes++
    const { anchor } = node
    if (anchor === undefined) return this.#collection(node, depth)
    this.#open.add(anchor)
    const tree = this.#collection(node, depth)
    this.#open.delete(anchor)
    this.#anchors.set(anchor, { tree, size: this.#nodes - before })
    return tree
  }

  #collection(node: Exclude<Node, Alias>, depth: number): Tree {
    const span = this.#span(node)
    if (depth > MAX_DEPTH) return this.#refuse(tooDeep(span), span)
    if (isScalar(node)) return { kind: 'scalar', value: scalarValue(node.value, node.source), ...span }
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#build(item as Node, depth + 1))
      return { kind: 'list', items, ...span }
    }
    return { kind: 'map', ...this.#entries(node, depth), ...span }
  }

  #entries(node: YAMLMap, depth: number): Pick<MapNode, 'entries' | 'repeated'> {
    const entries = new Map<string, Entry>()
    const repeated: [string, Entry][] = []
    for (const pair of node.items) {
      const key = this.#span(pair.key as Node | null, node)
      const name = keyText(pair.key)
      if (name === undefined) {
        this.report('yaml/key', { ...key, end: key.start + 1 }, 'a key has to be plain text')
        continue
      }
      const value = pair.value ? this.#build(pair.value as Node, depth + 1) : emptyAt(key)
      const entry = { key, value: isEmpty(value) ? emptyAt(key) : value }
      const first = entries.get(name)
      if (first === undefined) entries.set(name, entry)
      else {
        repeated.push([name, entry])
        this.#duplicate(key, first.key)
      }
    }
    return repeated.length === 0 ? { entries } : { entries, repeated }
  }

  /** Does not name the key: in `secret: {hunter2, hunter2}` it is the secret. The frame shows what may be shown. */
  #duplicate(key: Span, first: Span): void {
    this.report('yaml/duplicate-key', key, 'this key stands in the map twice', {
      label: `first on line ${positionOf(first).line}`,
    })
  }

  #alias(name: string, span: Span): Tree {
    if (this.#open.has(name)) return this.#refuse(selfAlias(span), span)
    const target = this.#anchors.get(name)
    if (target === undefined) return this.#refuse(unknownAlias(span), span)
    this.#nodes += target.size
    this.#aliasNodes += target.size
    return this.#aliasNodes > ALIAS_BUDGET ? this.#refuse(tooManyAliases(span), span) : target.tree
  }

  /** A text in place of the value, so that it is masked where a secret stands; `secret: *hunter2` is one. */
  #refuse(diagnostic: Diagnostic, span: Span): ScalarNode {
    // A bomb would be reported at each of its thousands of aliases.
    if (!this.diagnostics.some((known) => known.message === diagnostic.message)) this.diagnostics.push(diagnostic)
    return { kind: 'scalar', value: '', ...span }
  }

  #span(node: Node | null, around?: Node): Span {
    const [start, end] = node?.range ?? around?.range ?? [0, 0]
    return { source: this.#source, start, end }
  }
}

/** The key as it is written: `007` and `true` are names here. Undefined for a list, a map, an alias or nothing. */
function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined
  const text = typeof key.value === 'string' ? key.value : (key.source ?? '')
  return text === '' ? undefined : text
}

/** The parser's own types, or the text as written for what only YAML 1.1 has (dates, sets, binary). */
function scalarValue(value: unknown, source: string | undefined): ScalarNode['value'] {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  return source ?? null
}

/** `key:` with nothing behind it: its place is the key's, for there is nothing else to point at. */
function emptyAt(key: Span): ScalarNode {
  return { kind: 'scalar', value: null, ...key }
}

function isEmpty(node: Tree): boolean {
  return node.kind === 'scalar' && node.value === null && node.start === node.end
}

function emptySource(source: Source): Diagnostic {
  return {
    id: 'document/empty',
    severity: 'error',
    message: `${source.file} is empty`,
    position: positionOf({ source, start: 0, end: 1 }),
    help: ['a configuration begins with: apiVersion: bode/v1'],
  }
}

function tooDeep(span: Span): Diagnostic {
  return refusal('yaml/too-deep', span, `maps and lists are nested more than ${MAX_DEPTH} deep`)
}

function tooManyAliases(span: Span): Diagnostic {
  return refusal('yaml/alias', span, `aliases (*name) add more than ${ALIAS_BUDGET} values to this file`)
}

function selfAlias(span: Span): Diagnostic {
  return refusal('yaml/alias', span, 'an alias (*name) stands inside the value that it refers to')
}

function unknownAlias(span: Span): Diagnostic {
  const { message, help } = explainYamlError('BAD_ALIAS')
  return { ...refusal('yaml/alias', span, message), help }
}

function refusal(id: string, span: Span, message: string): Diagnostic {
  return { id, severity: 'error', message, position: positionOf({ ...span, end: span.start + 1 }) }
}
