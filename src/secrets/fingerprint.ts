import { createHmac } from 'node:crypto'
import type { Secret } from '../common/secret.ts'
import type { FingerprintKey } from './master-key.ts'
import { placeBytes, type Place } from './place.ts'

const SHOWN_HEX_DIGITS = 8

/**
 * HMAC-SHA-256 over place and value, as hex. Equal means unchanged; it is keyed, so a short secret
 * cannot be guessed from it, and it does not show a length. It does show that a field went back to an
 * earlier value.
 */
export function fingerprint(key: FingerprintKey, secret: Secret, place: Place): string {
  return createHmac('sha256', key.fingerprint)
    .update(placeBytes(place))
    .update('\0')
    .update(secret.reveal(), 'utf8')
    .digest('hex')
}

/** The part of a fingerprint that people see. */
export function shownFingerprint(full: string): string {
  return full.slice(0, SHOWN_HEX_DIGITS)
}
