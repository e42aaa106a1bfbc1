import { Document, isMap, isScalar, type Pair, type Scalar } from 'yaml'
import { KINDS } from '../desired-state.ts'
import {
  neededSecrets,
  SecretMark,
  VariableText,
  type Converted,
  type ConvertedObject,
  type Value,
} from './converted.ts'

/** How the document refers to its secrets. */
export type ReferenceTo = (secret: SecretMark) => { env: string } | { file: string }

export const byVariable: ReferenceTo = ({ name }) => ({ env: name })

/**
 * The YAML of a converted document, owned by `name`, laid out as `bode fmt` does: secrets as references,
 * and beside each object what a person has to decide about it.
 */
export function writeDocument({ objects, header }: Converted, name: string, referenceTo: ReferenceTo): string {
  const content: { [key: string]: Value } = { apiVersion: 'bode/v1', kind: 'Configuration', metadata: { name } }
  for (const kind of KINDS) {
    const ofKind = objects.filter((object) => object.kind === kind)
    if (ofKind.length === 0) continue
    if (kind === 'settings') for (const { key, value } of ofKind) content[key] = value
    else if (kind === 'autorisaties') content[kind] = ofKind[0]!.value
    else content[kind] = Object.fromEntries(ofKind.map(({ key, value }): [string, Value] => [key, value]))
  }
  const document = new Document(written(content, referenceTo), { aliasDuplicateObjects: false })
  for (const object of objects) commentBeside(document, object)
  separateSections(document)
  document.commentBefore = comment([...header, ...secretLines(objects, referenceTo)])
  return document.toString({ lineWidth: 0 })
}

function written(value: Value, referenceTo: ReferenceTo): unknown {
  if (value instanceof SecretMark) return referenceTo(value)
  if (value instanceof VariableText) return value.text
  if (typeof value === 'string') return /\$[${]/.test(value) ? value.replaceAll('$', '$$$$') : value
  if (Array.isArray(value)) return value.map((item) => written(item, referenceTo))
  if (typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, written(member, referenceTo)]))
}

function commentBeside(document: Document, { kind, key, comments }: ConvertedObject): void {
  if (comments.length === 0) return
  const path = kind === 'settings' ? [key] : kind === 'autorisaties' ? [kind] : [kind, key]
  const found = keyAt(document, path)
  if (found !== undefined) found.commentBefore = comment(comments)
}

function keyAt({ contents }: Document, path: readonly string[]): Scalar | undefined {
  let node: unknown = contents
  let key: Scalar | undefined
  for (const step of path) {
    const pair: Pair | undefined = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && item.key.value === step)
      : undefined
    if (pair === undefined || !isScalar(pair.key)) return undefined
    key = pair.key
    node = pair.value
  }
  return key
}

function separateSections({ contents }: Document): void {
  if (!isMap(contents)) return
  for (const { key } of contents.items.slice(3)) if (isScalar(key)) key.spaceBefore = true
}

function secretLines(objects: readonly ConvertedObject[], referenceTo: ReferenceTo): string[] {
  const needed = neededSecrets(objects)
  if (needed.length === 0) return []
  const lines = needed.map(({ name, value, usedBy }) => {
    const reference = Object.values(referenceTo(new SecretMark(name, value)))[0]
    return `  ${reference}: ${usedBy.join(', ')}`
  })
  return ['Secrets to provide:', ...lines]
}

// oxlint-disable-next-line no-control-regex -- they are what is to be replaced
const UNPRINTABLE = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g

/** Every line a comment of its own; a text from the source cannot end it. */
function comment(lines: readonly string[]): string {
  return lines.map((line) => ` ${line.replaceAll(UNPRINTABLE, ' ')}`).join('\n')
}
