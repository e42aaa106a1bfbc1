import { createHmac } from 'node:crypto'
import { Failure } from '../common/failure.ts'
import { Secret } from '../common/secret.ts'
import { isMasterKey, type FingerprintKey, type MasterKey } from './master-key.ts'
import type { Place } from './place.ts'
import { seal, sealedWith, unseal } from './sealing.ts'

const PLACE: Place = { objectId: 'database', kind: 'meta', field: 'masterKeyCheck', slot: 'current' }

/** A sealed value for the database to remember which master key it belongs to (db/meta.ts keeps it). */
export function sealKeyCheck(key: MasterKey): string {
  return seal(key, new Secret('bode'), PLACE)
}

/**
 * The key that the database of `stored` is sealed with: `key`, or the one before it while `bode secrets
 * rekey` is still to come. `undefined`: nothing was ever applied, so it will be `key`. What is sealed or
 * fingerprinted for this database is so with this key. Throws Failure `secret` when neither fits.
 */
export function keyInUse(key: MasterKey, stored: string | undefined): MasterKey {
  if (stored === undefined) return key
  try {
    unseal(key, stored, PLACE)
  } catch (error) {
    const given = key.previous === undefined ? `it has ${key.id}` : `they have ${key.id} and ${key.previous.id}`
    throw new Failure(
      'secret',
      `this is not the master key of this database (${given}, the database ${sealedWith(stored)}); ` +
        'set BODE_MASTER_KEY or BODE_MASTER_KEY_FILE to the key of the first apply or of the last rekey',
      { cause: error },
    )
  }
  return key.previous !== undefined && sealedWith(stored) === key.previous.id ? key.previous : key
}

/** Throws Failure `secret` when `stored` was sealed with none of the keys in `key`. */
export function demandSameKey(key: MasterKey, stored: string | undefined): void {
  keyInUse(key, stored)
}

/** What a database remembers of its keys; undefined: nothing yet. */
export type KeyChecks = { master: string | undefined; fingerprint: string | undefined }

/** A value by which a fingerprint key is known again; it does not reveal it. */
export function fingerprintKeyCheck(key: FingerprintKey): string {
  return createHmac('sha256', key.fingerprint).update('bode/v1/fingerprint-key-check').digest('hex')
}

/**
 * The key to plan with on the database of `checks`: for a master key the one that is in use (`keyInUse`),
 * a fingerprint key is what it is. Throws Failure `secret` for a key of another database.
 */
export function planningKey<K extends FingerprintKey>(key: K, checks: KeyChecks): K {
  // The key in use is of the same type as the key that was given.
  if (isMasterKey(key)) return keyInUse(key, checks.master) as FingerprintKey as K
  if (checks.fingerprint === undefined || checks.fingerprint === fingerprintKeyCheck(key)) return key
  throw new Failure(
    'secret',
    'this is not the fingerprint key of this database; print the right one, where its master key is, with: ' +
      'bode secrets key --fingerprint',
  )
}
