import { canonicalJson } from '../common/canonical-json.ts'
import type { Position } from '../common/diagnostics.ts'
import type { Secret } from '../common/secret.ts'
import type { DesiredObject, DesiredSecret } from '../config/desired-state.ts'
import { fingerprint } from '../secrets/fingerprint.ts'
import type { FingerprintKey, MasterKey } from '../secrets/master-key.ts'
import type { Place } from '../secrets/place.ts'
import { storedReference, type StoredReference } from '../secrets/references.ts'
import { seal } from '../secrets/sealing.ts'
import { contentHash, secretKey } from './content-hash.ts'
import type { Identified } from './identity.ts'
import type { LiveObject, LiveSecret } from './kind.ts'
import type { Wanted } from './planner.ts'

/** A declared object, ready to be compared with its live one. `secrets` and `hash` are of the document. */
export type DeclaredObject = Identified & {
  secrets: DeclaredSecret[]
  hash: string
  target: Target
}

/** What is to be written of it: all of what is declared, unless its client changed it and may keep that. */
export type Target = {
  object: DesiredObject
  secrets: DeclaredSecret[]
  /** Stay as they are. */
  keptSecrets: readonly LiveSecret[]
  /** The client whose changes stay, and when it made them (epoch ms): the row goes on saying so. */
  keptFrom: { updatedBy: string; updatedAt: number } | undefined
  hash: string
}

/** What is known of a live secret, and what is needed to seal it. */
export type DeclaredSecret = LiveSecret & {
  /** Undefined: it is looked up at the apply; its fingerprint is the stored one or UNKNOWN. */
  value: Secret | undefined
  place: Place
  position: Position
}

/** The fingerprint of a value that is not known yet. */
export const UNKNOWN = 'unknown'

/**
 * Fingerprints the secrets of an object. A slot whose end is past is left out, as if the document did
 * not name it: its stored ciphertext is then destroyed.
 */
export function declareObject(
  identified: Identified,
  key: FingerprintKey,
  wanted: Pick<Wanted<FingerprintKey>, 'secrets' | 'deferred' | 'known' | 'now'>,
): DeclaredObject {
  const { object, id, live } = identified
  const secrets = object.secrets
    .filter(({ expiresAt }) => expiresAt === null || expiresAt > wanted.now)
    .map((desired): DeclaredSecret => {
      const { field, slot, expiresAt, position, reference } = desired
      const value = wanted.secrets.get(desired)
      if (value === undefined && wanted.deferred !== true)
        throw new Error(`the secret of ${object.kind} ${object.key} was not resolved`)
      const place: Place = { objectId: id, kind: object.kind, field, slot }
      const known = wanted.known?.references.get(desired)
      const stored = known === undefined ? storedReference(reference) : known
      return {
        field,
        slot,
        expiresAt,
        position,
        value,
        place,
        reference: stored,
        fingerprint: value === undefined ? assumed(desired, stored, live) : fingerprint(key, value, place),
      }
    })
  const hash = contentHash({ spec: object.spec, protected: object.protected, secrets })
  return { ...identified, secrets, hash, target: { object, secrets, keptSecrets: [], keptFrom: undefined, hash } }
}

/** The ciphertext of a secret, bound to its place. A secret that was not looked up cannot be applied. */
export function sealValue(key: MasterKey, { value, place }: DeclaredSecret): string {
  if (value === undefined) throw new Error(`the secret of ${place.kind} ${place.objectId} was not resolved`)
  return seal(key, value, place)
}

/** What is stored under the same reference has the same value, as far as anybody can tell without it. */
function assumed(desired: DesiredSecret, reference: StoredReference | null, live: LiveObject | undefined): string {
  const stored = live?.secrets.find((secret) => secretKey(secret) === secretKey(desired))
  return stored !== undefined && canonicalJson(stored.reference) === canonicalJson(reference)
    ? stored.fingerprint
    : UNKNOWN
}
