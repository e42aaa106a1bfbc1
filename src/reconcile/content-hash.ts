import { createHash } from 'node:crypto'
import { canonicalJson } from '../common/canonical-json.ts'
import type { LiveSecret } from './kind.ts'

/** SHA-256 of the canonical JSON of `value`, as hex. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

/** What an object says, apart from its name. */
export type Content = { spec: unknown; protected: boolean; secrets: readonly LiveSecret[] }

/**
 * The hash of what an object says, declared or live: its spec, and of its secrets the fingerprint, the
 * reference and the end. Equal hashes mean that there is nothing to do.
 */
export function contentHash({ spec, secrets, protected: isProtected }: Content): string {
  const facts = secrets.map(({ field, slot, fingerprint, reference, expiresAt }) => {
    return { field, slot, fingerprint, reference, expiresAt }
  })
  const sorted = facts.toSorted((a, b) => (secretKey(a) < secretKey(b) ? -1 : 1))
  return digestOf({ spec, secrets: sorted, ...(isProtected ? { protected: true } : {}) })
}

/** Names one slot of one object. */
export function secretKey({ field, slot }: Pick<LiveSecret, 'field' | 'slot'>): string {
  return `${field}/${slot}`
}
