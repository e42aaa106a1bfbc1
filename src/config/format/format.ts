import { isMap, isScalar, Lexer, parseAllDocuments, visit, type Document, type YAMLMap, type YAMLSeq } from 'yaml'
import { ROOTS } from '../key-order.ts'
import { quote } from './quote.ts'
import { returnComments, trimComments } from './comments.ts'
import { breakLong, orderKeys } from './shape.ts'

/** How often a text is laid out until it stays as it is: where comments go moves once at most. */
const ROUNDS = 4

/**
 * The canonical layout of a well-formed text: keys in the order of the schema (names of the author's own
 * in the author's order), quotes only where they are needed, two spaces, an empty line between
 * sections. Values and comments stay. Undefined when the text cannot be laid out without losing
 * something, and for a text that is no document of ours.
 */
export function formatText(text: string): string | undefined {
  if (!isOurs(text)) return undefined
  let current = text
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = layOut(current)
    if (next === current) break
    current = next
  }
  return layOut(current) === current && saysTheSame(text, current) ? current : undefined
}

/** True when every document in the text says that it is Bode's. */
function isOurs(text: string): boolean {
  const documents = parse(text)
  return (
    documents.length > 0 &&
    documents.every(({ contents }) => isMap(contents) && String(contents.get('apiVersion')).startsWith('bode/'))
  )
}

function plainText(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
}

/** The documents of a text; `---` at its end opens one with nothing in it. */
function parse(text: string): Document.Parsed[] {
  const documents = parseAllDocuments(plainText(text), { uniqueKeys: false, logLevel: 'silent' })
  return [...documents].filter(({ contents }) => contents !== null && !(isScalar(contents) && contents.value === null))
}

function layOut(text: string): string {
  const documents = parse(text)
  return documents.map((document, index) => layOutOne(document, plainText(text), index > 0)).join('')
}

function layOutOne(document: Document.Parsed, text: string, isFollowing: boolean): string {
  const { contents } = document
  if (isMap(contents)) {
    returnComments(contents, text)
    // An alias has to stand behind its anchor.
    if (!hasAliases(document)) orderKeys(contents, ROOTS[contents.has('extends') ? 'Overlay' : 'Configuration'])
    separateSections(contents)
    breakLong(contents, false)
  }
  visit(document, {
    Scalar: (_, scalar) => quote(scalar),
    Collection(_, collection) {
      trimComments(collection)
      if (collection.flow === true) padAsWritten(collection)
    },
  })
  if (isFollowing) document.directives.docStart = true
  const shown = document.toString({ lineWidth: 0, indent: 2, indentSeq: true })
  return shown.endsWith('\n') ? shown : `${shown}\n`
}

function hasAliases(document: Document.Parsed): boolean {
  let found = false
  visit(document, {
    Alias() {
      found = true
      return visit.BREAK
    },
  })
  return found
}

const HEADER: ReadonlySet<unknown> = new Set(['apiVersion', 'kind', 'metadata', 'extends'])

/** The header stands together; every section has an empty line before it. */
function separateSections(root: YAMLMap): void {
  for (const { key } of root.items) {
    if (isScalar(key)) key.spaceBefore = !HEADER.has(key.value)
  }
}

/** `{ a: 1 }`, but `[a, b]`. */
function padAsWritten(collection: YAMLMap | YAMLSeq): void {
  const padding = isMap(collection) ? ' ' : ''
  const print = collection.toString.bind(collection)
  collection.toString = (context, ...rest) => print(context && { ...context, flowCollectionPadding: padding }, ...rest)
}

/** The same values under the same keys, and the same comments. */
function saysTheSame(before: string, after: string): boolean {
  const values = (text: string): string => JSON.stringify(parse(text).map((document) => sorted(document.toJSON())))
  return values(before) === values(after) && commentsIn(before) === commentsIn(after)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .map(([key, member]) => [key, sorted(member)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function commentsIn(text: string): string {
  const tokens = [...new Lexer().lex(plainText(text))]
  return tokens
    .filter((token) => token.startsWith('#'))
    .map((token) => token.trimEnd())
    .toSorted()
    .join('\n')
}
