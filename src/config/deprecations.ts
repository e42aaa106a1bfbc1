import type { Diagnostic } from '../common/diagnostics.ts'
import { quoted } from './quoted.ts'
import { positionOf } from './source.ts'
import type { MapNode, Path, Tree } from './tree.ts'

type JsonSchema = {
  deprecated?: boolean
  /** The version since which a key should not be used any more. */
  'x-since'?: string
  /** What to write instead. */
  'x-replacedBy'?: string
  properties?: Record<string, JsonSchema>
  additionalProperties?: boolean | JsonSchema
  items?: JsonSchema
  oneOf?: JsonSchema[]
  then?: JsonSchema
  else?: JsonSchema
}

/** The deprecated keys below a place; a place without any is undefined. */
type Place = { own: JsonSchema | undefined; keys: ReadonlyMap<string, Place>; any: Place | undefined }

const known = new WeakMap<object, { place: Place | undefined }>()

/** A warning for every key of the document that `schema` calls deprecated, with what to write instead. */
export function deprecations(root: MapNode, schema: object): Diagnostic[] {
  const { place } = known.get(schema) ?? remember(schema)
  const found: Diagnostic[] = []
  // Costs nothing while the schema has no such key.
  if (place !== undefined) look(root, place, [], found)
  return found
}

function remember(schema: object): { place: Place | undefined } {
  const found = { place: placeOf([schema]) }
  known.set(schema, found)
  return found
}

function placeOf(schemas: readonly JsonSchema[]): Place | undefined {
  const all = schemas.flatMap(alternatives)
  const keys = new Map<string, Place>()
  for (const key of new Set(all.flatMap(({ properties = {} }) => Object.keys(properties)))) {
    const below = placeOf(all.flatMap(({ properties = {} }) => properties[key] ?? []))
    if (below !== undefined) keys.set(key, below)
  }
  const others = all.flatMap(({ additionalProperties, items }) =>
    [additionalProperties, items].filter((schema) => typeof schema === 'object'),
  )
  const any = others.length === 0 ? undefined : placeOf(others)
  const own = all.find(({ deprecated }) => deprecated === true)
  return own === undefined && keys.size === 0 && any === undefined ? undefined : { own, keys, any }
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  const choices = [...(schema.oneOf ?? []), schema.then, schema.else].filter((choice) => choice !== undefined)
  return [schema, ...choices.flatMap(alternatives)]
}

function look(node: Tree, place: Place, path: Path, found: Diagnostic[]): void {
  if (node.kind === 'list' && place.any !== undefined) {
    for (const [index, item] of node.items.entries()) look(item, place.any, [...path, String(index)], found)
  }
  if (node.kind !== 'map') return
  for (const [name, { key, value }] of node.entries) {
    const below = place.keys.get(name) ?? place.any
    if (below === undefined) continue
    const at = [...path, name]
    if (below.own !== undefined) {
      const { 'x-since': since, 'x-replacedBy': instead } = below.own
      found.push({
        id: 'document/deprecated',
        severity: 'warning',
        message: `${quoted(name)} is deprecated${since === undefined ? '' : ` since ${since}`}`,
        ...(instead === undefined ? {} : { label: `write ${instead}` }),
        help: ['a later version of Bode will not know it'],
        position: positionOf(key),
        path: at.join('.'),
      })
    }
    look(value, below, at, found)
  }
}
