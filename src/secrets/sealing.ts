import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Failure } from '../common/failure.ts'
import { Secret } from '../common/secret.ts'
import type { MasterKey } from './master-key.ts'
import { placeBytes, type Place } from './place.ts'

const VERSION = 'v1'
/** NIST SP 800-38D: a random 96-bit nonce per value, a full 128-bit tag. */
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Encrypts `secret` for storage at `place`: `v1.keyId.nonce.tag.ciphertext`, binary parts in base64url. */
export function seal(key: MasterKey, secret: Secret, place: Place): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.encryption, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(placeBytes(place))
  const ciphertext = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()])
  const parts = [nonce, cipher.getAuthTag(), ciphertext].map((part) => part.toString('base64url'))
  return [VERSION, key.id, ...parts].join('.')
}

/** The id of the key that `sealed` was made with; it says nothing about the value. */
export function sealedWith(sealed: string): string {
  return sealed.split('.')[1] ?? ''
}

/**
 * Opens what `seal` made, with `key` or else the one before it. Throws Failure `secret` for another key,
 * another place or altered text.
 */
export function unseal(key: MasterKey, sealed: string, place: Place): Secret {
  const [version, keyId, ...parts] = sealed.split('.')
  const [nonce, tag, ciphertext] = parts.map((part) => Buffer.from(part, 'base64url'))
  if (version !== VERSION || ciphertext === undefined || tag?.length !== TAG_BYTES || nonce?.length !== NONCE_BYTES) {
    throw new Failure('secret', `the stored secret of ${shown(place)} is damaged`)
  }
  const fitting = [key, key.previous].find((candidate) => candidate?.id === keyId)
  if (fitting === undefined) {
    throw new Failure(
      'secret',
      `the stored secret of ${shown(place)} was sealed with master key ${keyId}; this one is ${key.id}`,
    )
  }
  try {
    const decipher = createDecipheriv('aes-256-gcm', fitting.encryption, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(placeBytes(place)).setAuthTag(tag)
    return new Secret(Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8'))
  } catch (error) {
    throw new Failure('secret', `the stored secret of ${shown(place)} does not belong there or was altered`, {
      cause: error,
    })
  }
}

function shown({ kind, objectId, field, slot }: Place): string {
  return `${kind} ${objectId} (${field}, ${slot})`
}
