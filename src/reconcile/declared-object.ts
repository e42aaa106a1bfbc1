import type { Position } from '../common/diagnostics.ts'
import type { Secret } from '../common/secret.ts'
import type { DesiredObject, DesiredSecret } from '../config/desired-state.ts'
import { fingerprint } from '../secrets/fingerprint.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import type { Place } from '../secrets/place.ts'
import { storedReference } from '../secrets/references.ts'
import { contentHash } from './content-hash.ts'
import type { Identified } from './identity.ts'
import type { LiveSecret } from './kind.ts'
import type { Known } from './planner.ts'

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
export type DeclaredSecret = LiveSecret & { value: Secret; place: Place; position: Position }

/**
 * Fingerprints the secrets of an object. A slot whose end is past is left out, as if the document did
 * not name it: its stored ciphertext is then destroyed.
 */
export function declareObject(
  identified: Identified,
  values: ReadonlyMap<DesiredSecret, Secret>,
  key: MasterKey,
  now: number,
  references: Known['references'] = new Map(),
): DeclaredObject {
  const { object, id } = identified
  const secrets = object.secrets
    .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
    .map((desired): DeclaredSecret => {
      const { field, slot, expiresAt, position, reference } = desired
      const value = values.get(desired)
      if (value === undefined) throw new Error(`the secret of ${object.kind} ${object.key} was not resolved`)
      const place: Place = { objectId: id, kind: object.kind, field, slot }
      const known = references.get(desired)
      return {
        field,
        slot,
        expiresAt,
        position,
        value,
        place,
        reference: known === undefined ? storedReference(reference) : known,
        fingerprint: fingerprint(key, value, place),
      }
    })
  const hash = contentHash({ spec: object.spec, protected: object.protected, secrets })
  return { ...identified, secrets, hash, target: { object, secrets, keptSecrets: [], keptFrom: undefined, hash } }
}
