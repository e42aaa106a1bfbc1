import type { ErrorObject } from 'ajv/dist/2020.js'
import { closest } from '../common/closest.ts'
import type { Diagnostic } from '../common/diagnostics.ts'
import { schemaDiagnostic } from './schema-diagnostics.ts'
import { configurationSchema, overlaySchema, type ConfigurationDocument } from './schema.ts'
import { validatorOf } from './schema-validator.ts'
import { unstorableTexts } from './storable.ts'
import { locate, pathOf, toValue, type MapNode, type Path } from './tree.ts'

export type Validated = {
  /** What the schema accepts: a document, or one without the objects in which something is wrong. */
  document: Partial<ConfigurationDocument>
  diagnostics: Diagnostic[]
  /** Places where something is wrong. */
  broken: Path[]
}

/**
 * Holds a document against the schema. Every mistake becomes one diagnostic at its key or value; of
 * several at one place the most telling. A text with a variable in it that stands where the schema
 * wants a number or boolean becomes one.
 */
export function validateDocument(root: MapNode, reported: readonly Path[] = []): Validated {
  const { value, diagnostics, broken } = holdAgainst(configurationSchema, root, reported)
  return { document: withoutBroken(value, broken), diagnostics, broken }
}

/** Holds an overlay against its schema: what it says, not yet what becomes of the configuration. */
export function validateOverlay(root: MapNode, reported: readonly Path[]): Diagnostic[] {
  return holdAgainst(overlaySchema, root, reported).diagnostics
}

function holdAgainst(schema: object, root: MapNode, reported: readonly Path[]) {
  const value = toValue(root) as Record<string, unknown>
  const validate = validatorOf(schema)
  if (!validate(value) && convertVariables(value, root, validate.errors ?? [])) validate(value)
  const known = new Set(reported.map((path) => path.join('\n')))
  const errors = (validate.errors ?? []).filter(
    ({ keyword, propertyName, instancePath }) =>
      // `if` says no more than its branches, and `propertyNames` says it for the key.
      keyword !== 'if' && propertyName === undefined && !known.has(pathOf(instancePath).join('\n')),
  )
  const unstorable = unstorableTexts(root)
  const broken = [...reported, ...errors.map((error) => pathOf(error.instancePath)), ...unstorable.broken]
  const found = mostTelling(groupRequired(errors).map((error) => schemaDiagnostic(error, root, schema)))
  return { value, diagnostics: [...found, ...unstorable.diagnostics], broken }
}

/** True when at least one text was converted. */
function convertVariables(value: Record<string, unknown>, root: MapNode, errors: readonly ErrorObject[]): boolean {
  let converted = false
  for (const error of errors) {
    // In an overlay every type is one or null.
    const [wanted]: unknown[] = error.keyword === 'type' ? [error.params['type']].flat() : []
    const path = pathOf(error.instancePath)
    const node = wanted === undefined ? undefined : locate(root, path)?.value
    if (node?.kind !== 'scalar' || node.interpolated !== true) continue
    const result = convert(String(node.value), wanted)
    if (result === undefined) continue
    const parent = path.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], value)
    ;(parent as Record<string, unknown>)[path.at(-1)!] = result
    converted = true
  }
  return converted
}

function convert(text: string, wanted: unknown): number | boolean | undefined {
  if (wanted === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined
  if (wanted !== 'integer' && wanted !== 'number') return undefined
  return /^-?\d{1,16}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined
}

/**
 * All keys that one object lacks in one error, as one diagnostic. A key that is there, only mistyped, is
 * an unknown key and nothing else.
 */
function groupRequired(errors: readonly ErrorObject[]): ErrorObject[] {
  const unknown = new Map<string, string[]>()
  for (const { keyword, instancePath, params } of errors) {
    if (keyword !== 'additionalProperties') continue
    const keys = unknown.get(instancePath) ?? []
    if (keys.push(String(params['additionalProperty'])) === 1) unknown.set(instancePath, keys)
  }
  const lacking = new Map<string, string[]>()
  return errors.flatMap((error) => {
    if (error.keyword !== 'required') return [error]
    const key = String(error.params['missingProperty'])
    if (unknown.get(error.instancePath)?.some((typed) => closest(typed, [key]) === key) === true) return []
    const missing = lacking.get(error.instancePath)
    if (missing === undefined) {
      const first = [key]
      lacking.set(error.instancePath, first)
      return [{ ...error, params: { missing: first } }]
    }
    missing.push(key)
    return []
  })
}

/** What says most, first. An id that is not listed comes last. */
const RANK: readonly string[] = [
  'secret/literal',
  'schema/unknown-key',
  'schema/required',
  'schema/type',
  'schema/enum',
]

/** One diagnostic for each place. */
function mostTelling(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const best = new Map<string, Diagnostic>()
  for (const diagnostic of diagnostics) {
    const { file, line, column } = diagnostic.position!
    const place = `${line}:${column}:${file}`
    const known = best.get(place)
    if (known === undefined || rank(diagnostic) < rank(known)) best.set(place, diagnostic)
  }
  return [...best.values()]
}

function rank({ id }: Diagnostic): number {
  const index = RANK.indexOf(id)
  return index === -1 ? RANK.length : index
}

/**
 * Takes out what is broken, whole objects at a time, so that the rules see only what the schema
 * accepts: an object of a section, or a section that is not made of named objects.
 */
function withoutBroken(value: Record<string, unknown>, broken: readonly Path[]): Partial<ConfigurationDocument> {
  for (const [section = '', name] of broken) {
    const objects = value[section]
    const named = name !== undefined && NAMED_SECTIONS.has(section) && typeof objects === 'object' && objects !== null
    if (named) delete (objects as Record<string, unknown>)[name]
    else delete value[section]
  }
  return value
}

const NAMED_SECTIONS: ReadonlySet<string> = new Set([
  'externalCredentials',
  'clientCredentials',
  'kanalen',
  'abonnementen',
])
