import { configurationSchema, overlaySchema } from './schema.ts'
import { placeBelow, placesIn, type SecretPlace } from './secret-places.ts'

/** A place in a document, for the order of its keys: that of the schema. */
export type OrderedPlace = SecretPlace | undefined

/** The root of a configuration and of an overlay. */
export const ROOTS: Record<'Configuration' | 'Overlay', OrderedPlace> = {
  Configuration: placesIn(configurationSchema),
  Overlay: placesIn(overlaySchema),
}

/** The place of `key` below `place`. */
export function orderBelow(place: OrderedPlace, key: string): OrderedPlace {
  return placeBelow(place, key)
}

/** Sorts entries as the schema orders their keys; keys that it does not name keep their order, behind them. */
export function inSchemaOrder<T>(entries: readonly T[], keyOf: (entry: T) => string, place: OrderedPlace): T[] {
  const order = new Map([...(place?.keys.keys() ?? [])].map((key, index) => [key, index]))
  const rank = (entry: T): number => order.get(keyOf(entry)) ?? order.size
  return entries.toSorted((a, b) => rank(a) - rank(b))
}

/** True where the keys are names of the author's own: kanalen, abonnementen. */
export function holdsNames(place: OrderedPlace): boolean {
  return place !== undefined && place.keys.size === 0 && place.any !== undefined
}
