// One error of the validator -> one diagnostic. Messages are made from the schema and from keys, never
// from a value, which may be a secret.
import type { ErrorObject } from 'ajv/dist/2020.js'
import { closest } from '../common/closest.ts'
import type { Diagnostic } from '../common/diagnostics.ts'
import { listed } from '../common/listed.ts'
import { flow } from './flow.ts'
import { mayBeSecretItself } from './masks.ts'
import { quoted } from './quoted.ts'
import { expectedOf } from './schema/formats.ts'
import { variableName } from './variable-name.ts'
import { locate, pathOf, positionAt, type MapNode, type Path, type Tree } from './tree.ts'

type SchemaNode = Record<string, unknown> & { properties?: Record<string, object>; patternErrorMessage?: string }

/** An error with what is needed to explain it. */
type Found = {
  error: ErrorObject
  root: MapNode
  path: Path
  /** The schema that was not met. */
  schema: SchemaNode
  node: Tree | undefined
}
type Explanation = Omit<Diagnostic, 'severity' | 'position' | 'path'> & {
  /** Where, when it is not the value at the error's path. */
  at?: { path: Path; prefer: 'key' | 'value' }
  /** The address to show, when a key of `at` may be a secret. */
  shownPath?: Path
}

/** What to say of `error`, which `against` gave, and where. */
export function schemaDiagnostic(error: ErrorObject, root: MapNode, against: object): Diagnostic {
  const path = pathOf(error.instancePath)
  const found = { error, root, path, schema: schemaAt(error.schemaPath, against), node: locate(root, path)?.value }
  const explanation = (EXPLAIN[error.keyword] ?? explainAny)(found)
  const { at = { path, prefer: 'value' }, shownPath = at.path, ...rest } = explanation
  return { severity: 'error', ...rest, position: positionAt(root, at.path, at.prefer), path: shownPath.join('.') }
}

/** The schema around the keyword that `schemaPath` points at. */
function schemaAt(schemaPath: string, against: object): SchemaNode {
  return pathOf(schemaPath)
    .slice(0, -1)
    .reduce((at, step) => at[decodeURIComponent(step)] as SchemaNode, against as SchemaNode)
}

const EXPLAIN: Record<string, (found: Found) => Explanation> = {
  additionalProperties: unknownKey,
  required: ({ error, path, schema }) => {
    const subject = path.length === 0 ? 'the document' : called(path)
    const message = `${subject} lacks ${listed(error.params['missing'] as string[], 'and')}`
    return { id: 'schema/required', message, help: exampleOf(path, schema), at: { path, prefer: 'key' } }
  },
  type: wrongType,
  enum: ({ error, node }) => {
    const allowed = error.params['allowedValues'] as (string | null)[]
    return oneOf(
      allowed.filter((value) => value !== null),
      node,
    )
  },
  const: ({ error, node }) => oneOf([String(error.params['allowedValue'])], node),
  discriminator: ({ path, schema, root }) => {
    const at = [...path, 'type']
    const node = locate(root, at)?.value
    const branches = schema['oneOf'] as { properties: { type: { const: string } } }[]
    const types = branches.map((branch) => branch.properties.type.const)
    if (node !== undefined) return { ...oneOf(types, node), at: { path: at, prefer: 'value' } }
    const message = `${called(path)} lacks type: ${listed(types)}`
    return { id: 'schema/required', message, at: { path, prefer: 'key' } }
  },
  pattern: ({ schema }) => expected(schema),
  format: ({ schema }) => expected(schema),
  propertyNames: ({ error, path, schema }) => {
    const name = String(error.params['propertyName'])
    const { patternErrorMessage, maxLength } = schema['propertyNames'] as {
      patternErrorMessage: string
      maxLength: number
    }
    return {
      id: 'schema/key',
      message: `${quoted(name)} cannot be a key here`,
      help: [`a key has to be ${patternErrorMessage}; at most ${maxLength} characters`],
      at: { path: [...path, name], prefer: 'key' },
    }
  },
  minimum: ({ error }) => range(`at least ${error.params['limit']}`),
  maximum: ({ error }) => range(`at most ${error.params['limit']}`),
  formatMinimum: ({ error }) => range(`at least ${error.params['limit']}`),
  formatMaximum: ({ error }) => range(`at most ${error.params['limit']}`),
  minLength: () => ({ id: 'schema/length', message: 'this cannot be empty' }),
  maxLength: ({ error }) => ({
    id: 'schema/length',
    message: `this has to be at most ${error.params['limit']} characters long`,
  }),
  minProperties: ({ path }) => incompleteReference(path),
  maxProperties: ({ schema, path, error }) =>
    schema['x-secret'] === true
      ? incompleteReference(path)
      : {
          id: 'schema/length',
          message: `there can be only ${error.params['limit']} entry here`,
          at: { path, prefer: 'key' },
        },
  uniqueItems: ({ error, path }) => ({
    id: 'schema/unique',
    message: 'this stands in the list twice',
    at: { path: [...path, String(Math.max(Number(error.params['i']), Number(error.params['j'])))], prefer: 'value' },
  }),
}

/** What stands at `path`: by its key, or as one of a list. */
function called(path: Path): string {
  const key = path.at(-1)!
  return /^\d+$/.test(key) && path.length > 1 ? `this entry of ${quoted(path.at(-2)!)}` : quoted(key)
}

function explainAny({ error }: Found): Explanation {
  return { id: `schema/${error.keyword}`, message: error.message ?? 'this is not what the schema asks for' }
}

function unknownKey({ error, path, schema, node }: Found): Explanation {
  const name = String(error.params['additionalProperty'])
  const allowed = Object.keys(schema.properties ?? {})
  const help = [`allowed here: ${allowed.join(', ')}`]
  if (path.join('.') === 'settings.rules') help.push('every other error stays one')
  const at = { path: [...path, name], prefer: 'key' as const }
  // `secret: {hunter2}` makes a key of a secret: it is not named.
  if (schema['x-secret'] === true) {
    const message = 'a secret reference has no such key'
    return { id: 'schema/unknown-key', message, help, at, shownPath: path }
  }
  // `{ value hunter2 }` lost its colon: the key holds the secret.
  const value = node?.kind === 'map' ? node.entries.get(name)?.value : undefined
  if (holdsSecret(schema) && mayBeSecretItself(name, value)) {
    const message = 'this is not "key: value"'
    return { id: 'schema/unknown-key', message, help, at, shownPath: path }
  }
  const meant = closest(name, allowed)
  const label = meant === undefined ? {} : { label: `did you mean ${quoted(meant)}?` }
  return { id: 'schema/unknown-key', message: `unknown key ${quoted(name)}`, ...label, help, at }
}

/** True when one of the keys of this schema is a secret. */
function holdsSecret({ properties = {} }: SchemaNode): boolean {
  return Object.values(properties).some((property) => 'x-secret' in property)
}

const TYPE_NAMES: Record<string, string> = {
  object: 'a map (key: value)',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
}

function wrongType({ error, path, schema, node }: Found): Explanation {
  const key = path.at(-1) ?? 'the document'
  const empty = node?.kind === 'scalar' && node.value === null
  if (schema['x-secret'] === true && node?.kind === 'scalar' && !empty) return literalSecret(path)
  const type = String([error.params['type']].flat()[0])
  const wanted = TYPE_NAMES[type] ?? type
  const message = `${quoted(key)} has to be ${wanted}, ${empty ? 'and is empty' : `not ${describe(node)}`}`
  return { id: 'schema/type', message, help: typeHelp(key, schema, node, empty) }
}

function typeHelp(key: string, schema: SchemaNode, node: Tree | undefined, empty: boolean): string[] {
  if (isOf('string', schema) && node?.kind === 'scalar' && !empty) {
    return [schema['format'] === 'bode-duration' ? 'add a unit: 250ms, 10s, 5m, 1h' : 'put quotes round it']
  }
  const help = exampleOf([key], schema)
  if (empty && isOf('object', schema) && schema['x-secret'] !== true) {
    help.push(`for none of them, write ${key}: {}; to say nothing about them, leave the key out`)
  }
  return help
}

/** In the patch of an overlay every type is one or null. */
function isOf(type: string, schema: SchemaNode): boolean {
  return [schema['type']].flat()[0] === type
}

function exampleOf(path: Path, schema: SchemaNode): string[] {
  const example = (schema['examples'] as unknown[] | undefined)?.[0]
  return example === undefined || path.length === 0 ? [] : [`for example: ${path.at(-1)}: ${flow(example)}`]
}

function literalSecret(path: Path): Explanation {
  const key = path.at(-1)!
  const inDocument = path[0] === 'patch' ? path.slice(1) : path
  const name = variableName(...inDocument.slice(1, -1).filter((step) => step !== 'auth'), key)
  return {
    id: 'secret/literal',
    message: 'a secret has to be a reference, not the value itself',
    label: `write: ${key}: { env: ${name} }`,
    help: ['or { file: PATH }; a value that stood in a file under version control is no longer a secret'],
  }
}

function incompleteReference(path: Path): Explanation {
  const key = path.at(-1)!
  const date = key === 'previousSecret' ? ', expiresAt: 2026-12-01T00:00:00Z' : ''
  return {
    id: 'secret/reference',
    message: `${quoted(key)} has to name one source: env, file or sops`,
    help: [`for example: ${key}: { env: NAME${date} }`],
    at: { path, prefer: 'key' },
  }
}

function oneOf(allowed: readonly string[], node: Tree | undefined): Explanation {
  const written = node?.kind === 'scalar' ? String(node.value) : ''
  const meant = closest(written, allowed)
  return {
    id: 'schema/enum',
    message: `this has to be ${allowed.length === 1 ? allowed[0] : `one of ${allowed.join(', ')}`}`,
    ...(meant === undefined ? {} : { label: `did you mean ${quoted(meant)}?` }),
  }
}

function expected(schema: SchemaNode): Explanation {
  const format = schema['format']
  const wanted = schema.patternErrorMessage ?? expectedOf(String(format))
  return { id: 'schema/pattern', message: `this has to be ${wanted}` }
}

function range(limit: string): Explanation {
  return { id: 'schema/range', message: `this has to be ${limit}` }
}

function describe(node: Tree | undefined): string {
  if (node?.kind === 'map') return 'a map'
  if (node?.kind === 'list') return 'a list'
  const type = typeof node?.value
  return type === 'string' ? 'text' : type === 'number' ? 'a number' : 'true or false'
}
