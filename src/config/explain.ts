import { closest } from '../common/closest.ts'
import { configurationSchema, overlaySchema } from './schema.ts'
import { typeOf, type JsonSchema } from './schema-words.ts'

/** Everything the schema knows of one place in a document. */
export type Explained = {
  /** As `bode explain` takes it; `*` stands for a name of your own. */
  path: string
  title: string
  /** Markdown. */
  description: string
  type: string
  required: boolean
  deprecated: boolean
  /** Absent: there is none. */
  default?: unknown
  examples: unknown[]
  /** True for a reference to a secret. */
  secret: boolean
  /** True when `${NAME}` may stand in it. */
  variables: boolean
  /** What may stand below it. */
  keys: ExplainedKey[]
}

export type ExplainedKey = { key: string; title: string; type: string; required: boolean; default?: unknown }

/** A path that leads nowhere: what is wrong with it and what may stand there. */
export type Unexplained = { unknown: string; below: string; suggestion: string | undefined; allowed: string[] }

/** A place in the schema, with what its parent says of it. */
type Place = { schema: JsonSchema; required: boolean }

const ANY = '*'

/**
 * Explains the place at `path`, for example `clientCredentials`, `*`, `secret`; the top of the document for
 * an empty path. Names of a document's own (`clientCredentials`, `zac`) do as well as `*`; the position in a
 * list may be left out.
 */
export function explain(path: readonly string[]): Explained | Unexplained {
  const place = { schema: configurationSchema as object as JsonSchema, required: false }
  const found = follow(place, path, [])
  if (!('unknown' in found)) return found
  const overlay = { schema: overlaySchema as object as JsonSchema, required: false }
  const inOverlay = follow(overlay, path, [])
  return 'unknown' in inOverlay ? found : inOverlay
}

function follow(place: Place, path: readonly string[], walked: readonly string[]): Explained | Unexplained {
  const [key, ...rest] = path
  if (key === undefined) return describe(place, walked)
  const steps = stepsFrom(place.schema)
  const next = steps.get(key) ?? steps.get(ANY)
  if (next !== undefined) {
    const named = { ...next, schema: withWordsOf(place.schema, next.schema) }
    return follow(named, rest, [...walked, steps.has(key) ? key : ANY])
  }
  const item = place.schema.items
  if (item !== undefined) {
    const isPosition = key === ANY || key === '[]' || /^\d+$/.test(key)
    const named = { schema: withWordsOf(place.schema, item), required: false }
    return follow(named, isPosition ? rest : path, [...walked, ANY])
  }
  const allowed = [...steps.keys()]
  return { unknown: key, below: walked.join('.'), suggestion: closest(key, allowed), allowed }
}

/** What has no words of its own, like the texts of a list, has those of what it stands in. */
function withWordsOf({ title = '', markdownDescription = '' }: JsonSchema, member: JsonSchema): JsonSchema {
  return { title, markdownDescription, ...member }
}

/** Where one can go from here. Of several forms the first that has the key. */
function stepsFrom(schema: JsonSchema): Map<string, Place> {
  const steps = new Map<string, Place>()
  for (const form of formsOf(schema)) {
    for (const [key, member] of Object.entries(form.properties ?? {})) {
      if (!steps.has(key)) steps.set(key, { schema: member, required: form.required?.includes(key) === true })
    }
    if (typeof form.additionalProperties === 'object') {
      steps.set(ANY, { schema: form.additionalProperties, required: false })
    }
  }
  // `type` decides among the forms of auth, and each form can be asked for by its name.
  for (const branch of schema.oneOf ?? []) {
    const choice = branch.properties?.['type']?.const
    if (choice !== undefined) steps.set(choice, { schema: branch, required: false })
  }
  const choices = choicesOf(schema)
  if (choices.length > 0) {
    const { markdownDescription = '' } = schema
    steps.set('type', { schema: { title: 'Type', markdownDescription, enum: choices }, required: true })
  }
  return steps
}

function formsOf(schema: JsonSchema): JsonSchema[] {
  const { then, else: otherwise, oneOf = [] } = schema
  return [schema, ...(otherwise === undefined ? [] : [otherwise]), ...(then === undefined ? [] : [then]), ...oneOf]
}

function describe({ schema, required }: Place, walked: readonly string[]): Explained {
  const secret = schema['x-secret'] === true
  return {
    path: walked.join('.'),
    title: schema.title ?? '',
    description: schema.markdownDescription ?? schema.description ?? '',
    type: typeOf(schema),
    required,
    deprecated: schema.deprecated === true,
    ...('default' in schema ? { default: schema.default } : {}),
    examples: schema.examples ?? [],
    secret,
    variables: !secret && schema.type === 'string' && schema.const === undefined && schema.enum === undefined,
    keys: keysOf(schema.items?.type === 'object' ? schema.items : schema),
  }
}

/** What may stand below; where `type` decides, that and its choices, each with keys of its own. */
function keysOf(schema: JsonSchema): ExplainedKey[] {
  const choices = choicesOf(schema)
  return [...stepsFrom(schema)]
    .filter(([key]) => choices.length === 0 || key === 'type' || choices.includes(key))
    .map(([key, member]) => ({
      key,
      title: member.schema.title ?? '',
      type: typeOf(member.schema),
      required: member.required,
      ...('default' in member.schema ? { default: member.schema.default } : {}),
    }))
}

function choicesOf({ oneOf = [] }: JsonSchema): string[] {
  return oneOf.flatMap(({ properties }) => properties?.['type']?.const ?? [])
}
