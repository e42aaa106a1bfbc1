import { documentSchema } from './schema.ts'

/**
 * A place in a document, seen only for secrets. Made from the schema, so that a secret that is added
 * there is masked without another line of code.
 */
export type SecretPlace = {
  /** A secret reference stands here (`x-secret`). */
  secret: boolean
  /** A secret stands here or somewhere below: text in its place may be that secret. */
  holds: boolean
  /** One of the keys here is a secret: what stands under a mistyped key may be that secret. */
  block: boolean
  /** The keys that the schema knows. */
  keys: ReadonlyMap<string, SecretPlace>
  /** What stands under any other key, or in a list. */
  any: SecretPlace | undefined
}

type JsonSchema = {
  'x-secret'?: boolean
  properties?: Record<string, JsonSchema>
  additionalProperties?: boolean | JsonSchema
  items?: JsonSchema
  oneOf?: JsonSchema[]
  then?: JsonSchema
  else?: JsonSchema
}

/** The places of a document of either kind. */
export const secretPlaces: SecretPlace = placesIn(documentSchema)

/** The places of what `schema` describes. */
export function placesIn(schema: object): SecretPlace {
  return placeOf([schema])
}

/** The place where any of `schemas` may apply. */
function placeOf(schemas: readonly JsonSchema[]): SecretPlace {
  const all = schemas.flatMap(alternatives)
  const keys = new Map<string, SecretPlace>()
  for (const key of new Set(all.flatMap((schema) => Object.keys(schema.properties ?? {})))) {
    keys.set(key, placeOf(all.flatMap((schema) => schema.properties?.[key] ?? [])))
  }
  const others = all.flatMap(({ additionalProperties, items }) =>
    [additionalProperties, items].filter((schema) => typeof schema === 'object'),
  )
  const any = others.length === 0 ? undefined : placeOf(others)
  const secret = all.some((schema) => schema['x-secret'] === true)
  const below = [...keys.values(), ...(any === undefined ? [] : [any])]
  return {
    secret,
    holds: secret || below.some((place) => place.holds),
    block: [...keys.values()].some((place) => place.secret),
    keys,
    any,
  }
}

/** A schema and the ones that it chooses from. */
function alternatives(schema: JsonSchema): JsonSchema[] {
  const choices = [...(schema.oneOf ?? []), schema.then, schema.else].filter((choice) => choice !== undefined)
  return [schema, ...choices.flatMap(alternatives)]
}

/** The place of `key`, or of an item of a list, below `place`. */
export function placeBelow(place: SecretPlace | undefined, key: string): SecretPlace | undefined {
  return place?.keys.get(key) ?? place?.any
}
