/**
 * Where a secret stands. Sealed values and fingerprints are bound to it: a ciphertext that is copied
 * to another row does not open there, and equal secrets in two places do not show as equal. It holds
 * only what never changes: the object's id, not its name or owner.
 */
export type Place = {
  objectId: string
  /** The kind as the document names it: `externalCredentials`, `clientCredentials`, `abonnementen`. */
  kind: string
  /** `secret`, `auth.value`, `auth.secret` or `authorization`. */
  field: string
  /** `current` or `previous`. */
  slot: string
}

/** The place as bytes for a MAC; no two places give the same. */
export function placeBytes(place: Place): Buffer {
  return Buffer.from(JSON.stringify(['v1', place.objectId, place.kind, place.field, place.slot]))
}
