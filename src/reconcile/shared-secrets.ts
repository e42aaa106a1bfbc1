import type { Diagnostic, Position } from '../common/diagnostics.ts'
import type { Secret } from '../common/secret.ts'
import { fingerprint } from '../secrets/fingerprint.ts'
import type { FingerprintKey } from '../secrets/master-key.ts'
import type { Place } from '../secrets/place.ts'
import type { DeclaredObject } from './declared-object.ts'
import type { Diff } from './diff.ts'
import { secretPath } from './field-changes.ts'
import type { LiveObject } from './kind.ts'
import { addressOf } from './kinds.ts'

/** One slot of a static client; the value is known of what a document declares. */
type Held = { id: string; address: string; owner: string; place: Place; fingerprint: string }
type Declared = Held & { value: Secret; position: Position }

/**
 * Static secrets, about to be written, that another client will have too: a caller that sends one could be
 * either. What is live already is compared by its fingerprint, so no stored secret is opened.
 */
export function sharedSecrets({ written, unchanged, leftAlone, foreign }: Diff, key: FingerprintKey): Diagnostic[] {
  const live = [...leftAlone, ...foreign].flatMap(heldLive)
  const holders = new Map(unchanged.flatMap(heldDeclared).map((held): [string, Held] => [held.value.reveal(), held]))
  return written.flatMap(heldDeclared).flatMap((held) => {
    const value = held.value.reveal()
    const holder = holders.get(value)
    if (holder === undefined) holders.set(value, held)
    const other =
      holder !== undefined && holder.id !== held.id ? holder : live.find((one) => hasValue(one, held.value, key))
    return other === undefined ? [] : [shared(held, other)]
  })
}

function heldLive(object: LiveObject): Held[] {
  if (object.kind !== 'clientCredentials' || object.spec.type !== 'static') return []
  const { id, owner, kind } = object
  return object.secrets.map((secret) => {
    const { field, slot } = secret
    const place = { objectId: id, kind, field, slot }
    return { id, owner, place, address: `${addressOf(object)}.${secretPath(secret)}`, fingerprint: secret.fingerprint }
  })
}

function heldDeclared({ id, owner, target: { object, secrets } }: DeclaredObject): Declared[] {
  if (object.kind !== 'clientCredentials' || object.spec.type !== 'static') return []
  return secrets.flatMap((secret) => {
    const { value, place, position } = secret
    const address = `${addressOf(object)}.${secretPath(secret)}`
    const known = { id, owner, address, place, position, fingerprint: secret.fingerprint }
    return value === undefined ? [] : [{ ...known, value }]
  })
}

function hasValue({ place, fingerprint: stored }: Held, value: Secret, key: FingerprintKey): boolean {
  return fingerprint(key, value, place) === stored
}

function shared({ address, owner, position }: Declared, other: Held): Diagnostic {
  const where = other.owner === owner ? other.address : `${other.address} of ${other.owner}`
  return {
    id: 'secret/shared',
    severity: 'error',
    message: `${where} has the same value, so a caller that sends it could be either client`,
    position,
    path: address,
    help: ['give each static client a secret of its own'],
  }
}
