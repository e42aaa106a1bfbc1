import { words } from './building-blocks.ts'

type JsonSchema = {
  [keyword: string]: unknown
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, JsonSchema>
  additionalProperties?: boolean | JsonSchema
  oneOf?: JsonSchema[]
  if?: JsonSchema
  then?: JsonSchema
  else?: JsonSchema
}

/**
 * The schema of a JSON merge patch on what `schema` describes: nothing is required, and null, which
 * takes away, stands anywhere. Lists are replaced as a whole, so what is in them is complete.
 */
export function patchOf(schema: object): JsonSchema {
  const rest = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !LEFT_OUT.has(keyword))) as JsonSchema
  if (rest.oneOf !== undefined) return patchOf(unionOf(rest))
  return {
    ...rest,
    ...(rest.type === undefined ? {} : { type: [rest.type, 'null'].flat() }),
    ...(rest.enum === undefined ? {} : { enum: [...rest.enum, null] }),
    ...(rest.properties === undefined ? {} : { properties: each(Object.entries(rest.properties)) }),
    ...(typeof rest.additionalProperties === 'object'
      ? { additionalProperties: patchOf(rest.additionalProperties) }
      : {}),
    ...each(BRANCHES.flatMap((branch) => (rest[branch] === undefined ? [] : [[branch, rest[branch]]]))),
  }
}

/** What says that something has to be there, or what it is when it is not. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'required',
  'minProperties',
  'maxProperties',
  'default',
  'discriminator',
])
const BRANCHES = ['if', 'then', 'else'] as const

/** One object with the keys of every choice: which of them belong together shows when the patch is applied. */
function unionOf({ oneOf = [], ...rest }: JsonSchema): JsonSchema {
  const properties = Object.assign({}, ...oneOf.map((branch) => branch.properties)) as Record<string, JsonSchema>
  const types = oneOf.map((branch) => branch.properties?.['type']?.const)
  const type = { enum: types, ...words('Type', 'Which fields belong here.') }
  return { ...rest, additionalProperties: false, properties: { ...properties, type } }
}

function each(schemas: readonly [string, JsonSchema][]): Record<string, JsonSchema> {
  return Object.fromEntries(schemas.map(([key, schema]) => [key, patchOf(schema)]))
}
