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
    if (object.kind === 'settings') content[object.key] = withOwnSecrets(object, settingValue(object))
    else if (object.kind === 'autorisaties' && object.key === UNNAMED_AUTORISATIES)
      content[object.kind] = objectValue(object)
    else Object.assign((content[object.kind] ??= {}), { [object.key]: withSecrets(object) })
  }
  const document = new Document(escapeAll(content), { aliasDuplicateObjects: false })
  explainUnknown(document)
  separateSections(document)
  return document.toString({ lineWidth: 0 })
}

function inOrder(objects: readonly RenderObject[]): RenderObject[] {
  return objects.toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (a.key < b.key ? -1 : 1))
}

function withSecrets(object: Exclude<RenderObject, { kind: 'settings' }>): Record<string, unknown> {
  const value = objectValue(object)
  for (const secret of object.secrets) {
    const inAuth = secret.field !== 'secret'
    const holder = inAuth ? (value['auth'] as Record<string, unknown>) : value
    const name = secret.slot === 'previous' ? 'previousSecret' : secret.field.replace('auth.', '')
    holder[name] = reference(secret, variableName(object.key, name))
  }
  return value
}

/** Secrets of a section stand beside its other keys; a section that is a single value has none. */
function withOwnSecrets({ key, secrets }: RenderObject, value: unknown): unknown {
  if (secrets.length === 0) return value
  const written = secrets.map((secret) => [secret.field, reference(secret, variableName(key, secret.field))])
  return { ...(value as object), ...Object.fromEntries(written) }
}

function reference({ reference, expiresAt }: RenderSecret, placeholder: string): Record<string, string> {
  const known = reference === null || 'literal' in reference ? { [UNKNOWN]: placeholder } : reference
  return { ...known, ...(expiresAt === null ? {} : { expiresAt: new Date(expiresAt).toISOString() }) }
}

/** Secrets are not filled in, so they are not escaped. */
function escapeAll(value: unknown, key?: string): unknown {
  if (Array.isArray(value)) return value.map((item) => escapeAll(item))
  if (typeof value !== 'object' || value === null) return escapeVariables(value)
  if (SECRET_KEYS.has(key ?? '')) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, escapeAll(member, name)]))
}

const SECRET_KEYS: ReadonlySet<string> = new Set(['secret', 'previousSecret', 'authorization'])

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
