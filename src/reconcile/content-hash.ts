import { createHash } from 'node:crypto'
import { canonicalJson } from '../common/canonical-json.ts'
import type { LiveSecret } from './kind.ts'

/** SHA-256 of the canonical JSON of `value`, as hex. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

/** What an object says, apart from its name. */
export type Content = { spec: unknown; protected: boolean; secrets: readonly LiveSecret[] }

/** A content as it is hashed and kept: only what counts, secrets in one order. */
export function contentFacts(content: Content): Content {
  const secrets = content.secrets.map(({ field, slot, fingerprint, reference, expiresAt }) => {
    return { field, slot, fingerprint, reference, expiresAt }
  })
  return {
    spec: content.spec,
    protected: content.protected,
    secrets: secrets.toSorted((a, b) => (secretKey(a) < secretKey(b) ? -1 : 1)),
  }
}

const known = new WeakMap<Content, string>()

/**
 * The hash of what an object says, declared or live: its spec, and of its secrets the fingerprint, the
 * reference and the end. Equal hashes mean that there is nothing to do. Computed once per object.
 */
export function contentHash(content: Content): string {
  const before = known.get(content)
  if (before !== undefined) return before
  const { spec, secrets, protected: isProtected } = contentFacts(content)
  const hash = digestOf({ spec, secrets, ...(isProtected ? { protected: true } : {}) })
  known.set(content, hash)
  return hash
}

/** Names one slot of one object. */
export function secretKey({ field, slot }: Pick<LiveSecret, 'field' | 'slot'>): string {
  return `${field}/${slot}`
}
