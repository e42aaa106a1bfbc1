import { createHash } from 'node:crypto'
import type { Ordering } from './model.ts'

/**
 * What a delivery shares with those that it may not overtake: everything of a `strict` abonnement is one row of
 * people waiting, of `hoofdObject` each object has a row of its own. Null: it waits for nobody. `object` is hashed,
 * because the key is stored with every waiting delivery and objects are named by long URLs.
 */
export function orderingKey(ordering: Ordering, object: string | undefined): string | null {
  if (ordering === 'none') return null
  if (ordering === 'strict') return 'strict'
  if (object === undefined) return null
  return createHash('sha256').update(object).digest('base64url').slice(0, 22)
}
