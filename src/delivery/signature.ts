import { createHmac } from 'node:crypto'
import { signingKey } from '../common/signing-key.ts'
import type { Abonnement } from '../common/snapshot.ts'

type Signed = { 'webhook-id'?: string; 'webhook-timestamp'?: string }

/**
 * The header `webhook-signature` of Standard Webhooks for a request with these headers and this body: a signature
 * (`v1,` and base64 of HMAC-SHA-256 over `id.timestamp.body`) with each secret that is valid at `now` (epoch ms), so
 * with two while one replaces the other. No header for an abonnement that is not signed.
 */
export function signatureHeader(
  { signingSecrets }: Pick<Abonnement, 'signingSecrets'>,
  { 'webhook-id': id, 'webhook-timestamp': timestamp }: Signed,
  body: string,
  now: number,
): { 'webhook-signature'?: string } {
  if (signingSecrets === undefined) return {}
  const valid = signingSecrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
  const signatures = valid.map(({ value }) => {
    const hmac = createHmac('sha256', signingKey(value) ?? value.reveal())
    return `v1,${hmac.update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return { 'webhook-signature': signatures.join(' ') }
}
