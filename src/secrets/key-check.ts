import { Failure } from '../common/failure.ts'
import { Secret } from '../common/secret.ts'
import type { MasterKey } from './master-key.ts'
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
