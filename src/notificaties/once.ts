import { createHash } from 'node:crypto'
import { canonicalJson } from '../common/canonical-json.ts'
import type { IdempotencyKey, RememberedKey } from '../db/idempotency-keys.ts'

/** Something that is published once, however often it is asked, when its publisher gave it a key. */
export type Publication = { id: string; once?: IdempotencyKey | undefined }

/** The id that a publication is known by: its own, or that of the one it repeats. Undefined: its key is of another one. */
export type Identity = { id: string; repeated: boolean } | undefined

/** The key of a publication with what makes it the same one: its content, whatever the order of its members. */
export function onceOf(key: string | undefined, clientId: string, message: unknown): IdempotencyKey | undefined {
  if (key === undefined) return undefined
  const bodyHash = createHash('sha256').update(canonicalJson(message)).digest('base64url')
  return { clientId, key, bodyHash }
}

/**
 * Tells publications that are new from those that repeat an earlier one, which is `remembered` or stands before it in
 * the same batch. Pure.
 */
export function identify<P extends Publication>(
  batch: readonly P[],
  remembered: readonly RememberedKey[],
): { fresh: P[]; identities: Identity[] } {
  const known = new Map(remembered.map((key) => [nameOf(key), key]))
  const fresh: P[] = []
  const identities = batch.map((publication): Identity => {
    const { id, once } = publication
    const earlier = once === undefined ? undefined : known.get(nameOf(once))
    if (earlier !== undefined) {
      return earlier.bodyHash === once?.bodyHash ? { id: earlier.notificatieId, repeated: true } : undefined
    }
    if (once !== undefined) known.set(nameOf(once), { ...once, notificatieId: id })
    fresh.push(publication)
    return { id, repeated: false }
  })
  return { fresh, identities }
}

function nameOf({ clientId, key }: IdempotencyKey): string {
  return JSON.stringify([clientId, key])
}
