import type { Secret } from './secret.ts'

const PREFIX = 'whsec_'
/** Standard Webhooks, "Signature scheme": between 24 and 64 bytes; what subscribers have may be longer. */
const MIN_BYTES = 24

/**
 * The bytes that a signing secret stands for: what `whsec_` is put before in base64, or else the text itself.
 * Undefined when there is no such base64 behind the prefix.
 */
export function signingKey(secret: Secret): Buffer | undefined {
  const text = secret.reveal()
  if (!text.startsWith(PREFIX)) return Buffer.from(text)
  const encoded = text.slice(PREFIX.length)
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined
  const key = Buffer.from(encoded, 'base64')
  return key.length < MIN_BYTES ? undefined : key
}
