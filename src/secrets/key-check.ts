import { Failure } from '../common/failure.ts'
import { Secret } from '../common/secret.ts'
import type { MasterKey } from './master-key.ts'
import type { Place } from './place.ts'
import { seal, unseal } from './sealing.ts'

const PLACE: Place = { objectId: 'database', kind: 'meta', field: 'masterKeyCheck', slot: 'current' }

/** A sealed value for the database to remember which master key it belongs to (db/meta.ts keeps it). */
export function sealKeyCheck(key: MasterKey): string {
  return seal(key, new Secret('bode'), PLACE)
}

/**
 * Throws Failure `secret` when `stored` was sealed with another key than `key`. `undefined`: nothing
 * was ever applied, so every key is right.
 */
export function demandSameKey(key: MasterKey, stored: string | undefined): void {
  if (stored === undefined) return
  try {
    unseal(key, stored, PLACE)
  } catch (error) {
    const before = stored.split('.')[1]
    throw new Failure(
      'secret',
      `this is not the master key of this database (it has ${key.id}, the database ${before}); ` +
        'set BODE_MASTER_KEY or BODE_MASTER_KEY_FILE to the key of the first apply',
      { cause: error },
    )
  }
}
