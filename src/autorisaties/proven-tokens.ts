import { hash } from 'node:crypto'
import type { ActiveSecret, ClientCredential, Snapshot } from '../common/snapshot.ts'

/** A token that was taken apart, and whose secret made its signature. */
export type Proof = {
  header: Readonly<Record<string, unknown>>
  payload: Readonly<Record<string, unknown>>
  client: ClientCredential
  secret: ActiveSecret
}

/** Tokens of one second and of each client are the same, so few are ever in use at once. */
const MAX_TOKENS = 1_000

/**
 * Signatures that were found right, so that a client that sends its token again (libraries keep one for a minute to an
 * hour, and those made within one second are equal) costs one digest: 3 microseconds instead of 34. Only the signature
 * is remembered: claims are judged anew each time, and so is whether the secret may still be used. A new snapshot
 * forgets all of it, so a secret that was rotated out is refused at once. Only digests are kept, and only of tokens
 * that were right: strangers cannot fill it.
 */
export class ProvenTokens {
  #snapshot: Snapshot | undefined
  readonly #proofs = new Map<string, Proof>()

  /** What is known of `token` under `snapshot`, at `now` (epoch ms). */
  find(token: string, snapshot: Snapshot, now: number): Proof | undefined {
    if (this.#snapshot !== snapshot) return undefined
    const proof = this.#proofs.get(digest(token))
    if (proof === undefined) return undefined
    const { expiresAt } = proof.secret
    return expiresAt === null || expiresAt > now ? proof : undefined
  }

  add(token: string, snapshot: Snapshot, proof: Proof): void {
    if (this.#snapshot !== snapshot || this.#proofs.size >= MAX_TOKENS) this.#proofs.clear()
    this.#snapshot = snapshot
    this.#proofs.set(digest(token), proof)
  }
}

function digest(token: string): string {
  return hash('sha256', token, 'base64')
}
