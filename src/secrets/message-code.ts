import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FingerprintKey } from './master-key.ts'

/** HMAC-SHA-256 over `text`, as hex. `purpose` keeps codes for one thing from being taken for another. */
export function messageCode(key: FingerprintKey, purpose: string, text: string): string {
  return createHmac('sha256', key.fingerprint).update(`${purpose}\0`).update(text, 'utf8').digest('hex')
}

/** True when `code` is that of `text`. Takes equally long wherever they differ. */
export function isMessageCode(key: FingerprintKey, purpose: string, text: string, code: string): boolean {
  const [expected, given] = [Buffer.from(messageCode(key, purpose, text)), Buffer.from(code)]
  return expected.length === given.length && timingSafeEqual(expected, given)
}
