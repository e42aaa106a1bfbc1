import { Document, isMap, isScalar, visit, type Pair } from 'yaml'
import { escapeVariables } from './escape.ts'
import { KINDS, type RenderObject, type RenderSecret } from './desired-state.ts'
import { UNNAMED_AUTORISATIES } from './normalise.ts'
import { settingValue } from './render/settings.ts'
import { objectValue } from './render/values.ts'
import { variableName } from './variable-name.ts'

/** Stands in place of a reference that nobody knows, until the comment about it is written. */
const UNKNOWN = 'unknownReference'

/**
 * The YAML document that declares `objects` for `owner`: reading it gives the same objects. Kinds and
 * keys stand in canonical order, defaults are left out, and secrets are references. Where the
 * reference is not known (a literal, or made through the API) a variable is named, with a comment.
 * `environment` is written as the document's own.
 */
export function renderConfiguration(
  objects: readonly RenderObject[],
  owner: string,
  environment: string | null = null,
): string {
  const metadata = { name: owner, ...(environment === null ? {} : { environment }) }
  const content: Record<string, unknown> = { apiVersion: 'bode/v1', kind: 'Configuration', metadata }
  for (const object of inOrder(objects)) {
    if (object.kind === 'settings') content[object.key] = withSecrets(object, settingValue(object))
    else if (object.kind === 'autorisaties' && object.key === UNNAMED_AUTORISATIES)
      content[object.kind] = objectValue(object)
    else Object.assign((content[object.kind] ??= {}), { [object.key]: withSecrets(object, objectValue(object)) })
  }
  const document = new Document(escapeAll(content), { aliasDuplicateObjects: false })
  explainUnknown(document)
  separateSections(document)
  return document.toString({ lineWidth: 0 })
}

function inOrder(objects: readonly RenderObject[]): RenderObject[] {
  return objects.toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (a.key < b.key ? -1 : 1))
}

/** A section that is a single value has no secrets. */
function withSecrets(object: RenderObject, value: unknown): unknown {
  for (const { field, slot, ...secret } of object.secrets) {
    const path = field.split('.')
    const last = path.pop() ?? field
    const name = slot === 'previous' ? `previous${last[0]?.toUpperCase()}${last.slice(1)}` : last
    let holder = value as Record<string, unknown>
    for (const step of path) holder = (holder[step] ??= {}) as Record<string, unknown>
    const words = path.filter((step) => step !== 'auth')
    holder[name] = reference(secret, variableName(object.key, ...words, name))
  }
  return value
}

/** Made by this module, and not filled in when the document is read: the text in them is not escaped. */
const references = new WeakSet<object>()

function reference(
  { reference, expiresAt }: Pick<RenderSecret, 'reference' | 'expiresAt'>,
  placeholder: string,
): Record<string, string> {
  const known = reference === null || 'literal' in reference ? { [UNKNOWN]: placeholder } : reference
  const written = { ...known, ...(expiresAt === null ? {} : { expiresAt: new Date(expiresAt).toISOString() }) }
  references.add(written)
  return written
}

function escapeAll(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => escapeAll(item))
  if (typeof value !== 'object' || value === null) return escapeVariables(value)
  if (references.has(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, escapeAll(member)]))
}

function explainUnknown(document: Document): void {
  visit(document, {
    Pair(_, { key }: Pair) {
      if (!isScalar(key) || key.value !== UNKNOWN) return
      key.value = 'env'
      key.commentBefore = ' The reference is not known: give this variable the secret, or name another.'
    },
  })
}

function separateSections({ contents }: Document): void {
  if (!isMap(contents)) return
  for (const { key } of contents.items.slice(3)) if (isScalar(key)) key.spaceBefore = true
}
