import { createHmac, randomBytes } from 'node:crypto'
import { presentedSecret } from '../common/static-secret.ts'
import type { ActiveSecret, ClientCredential, SecretUse } from '../common/snapshot.ts'

/** Who sent a static secret; `shared`: more than one client has it, so it does not say who. */
export type Sender = { clientId: string; use: SecretUse } | 'shared' | undefined

/** Who presents this secret in an Authorization header; `now` is epoch ms. */
export type FindSender = (authorization: string, now: number) => Sender

type Holder = { client: ClientCredential; secret: ActiveSecret }

/**
 * Makes the index of the static secrets of a configuration. Every lookup digests what was presented and
 * does nothing else that depends on it. The key of the digest is made here and known to nobody, so how
 * the digest compares with others tells a caller nothing about a secret.
 */
export function compileStaticSecrets(clients: Iterable<ClientCredential>): FindSender {
  const key = randomBytes(32)
  const digest = (value: string): string => createHmac('sha256', key).update(value).digest('base64')
  const holders = new Map<string, Holder[]>()
  for (const client of clients) {
    for (const secret of client.type === 'static' ? client.secrets : []) {
      // Nothing is what a caller without credentials presents.
      if (secret.value.reveal() === '') continue
      const at = digest(secret.value.reveal())
      holders.set(at, [...(holders.get(at) ?? []), { client, secret }])
    }
  }
  if (holders.size === 0) return () => undefined
  return (authorization, now) => {
    const found = holders.get(digest(presentedSecret(authorization))) ?? []
    return senderOf(found.filter(({ secret: { expiresAt } }) => expiresAt === null || expiresAt > now))
  }
}

function senderOf(valid: readonly Holder[]): Sender {
  const [first] = valid
  if (first === undefined) return undefined
  const { client, secret } = first
  if (valid.some((other) => other.client !== client)) return 'shared'
  const { slot, fingerprint } = secret
  return { clientId: client.clientId, use: { objectId: client.id, slot, fingerprint } }
}
