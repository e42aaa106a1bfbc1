import type { Secret } from '../common/secret.ts'
import type { Snapshot } from '../common/snapshot.ts'
import type { Finding } from './alert.ts'

/**
 * The credentials that end within `withinMs` of `now` (epoch ms), or have ended and are still in use: the previous
 * secret of a client, and an Authorization that is a JWT made once. A previous secret that has ended is no news: it
 * was meant to.
 */
export function expiringCredentials(snapshot: Snapshot, now: number, withinMs: number): Finding[] {
  const previous = [...snapshot.clientCredentials.values()].flatMap(({ clientId, secrets }) =>
    secrets.flatMap(({ slot, expiresAt }) =>
      slot === 'previous' && expiresAt !== null && expiresAt > now
        ? [{ subject: `clientCredentials.${clientId}.previousSecret`, endsAt: expiresAt }]
        : [],
    ),
  )
  const tokens = [...snapshot.abonnementen.values()].flatMap(({ name, auth, authSecret }) => {
    const endsAt = auth.type === 'api_key' && authSecret !== undefined ? endOfJwt(authSecret) : undefined
    return endsAt === undefined ? [] : [{ subject: `abonnementen.${name}.auth`, endsAt }]
  })
  return [...previous, ...tokens]
    .filter(({ endsAt }) => endsAt - now <= withinMs)
    .map(({ subject, endsAt }) => ({
      kind: 'credential',
      subject,
      name: subject,
      since: endsAt - withinMs,
      reason: `${endsAt <= now ? 'ended' : 'ends'} ${new Date(endsAt).toISOString()}`,
    }))
}

/** When a JWT ends (epoch ms), with or without `Bearer` before it; undefined when it is none or names no end. */
function endOfJwt(secret: Secret): number | undefined {
  const [, payload] = /^(?:bearer\s+)?[\w-]+\.([\w-]+)\.[\w-]*$/i.exec(secret.reveal().trim()) ?? []
  if (payload === undefined) return undefined
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp?: unknown } | null
    const ms = typeof claims?.exp === 'number' ? claims.exp * 1_000 : Number.NaN
    return Math.abs(ms) < 8.64e15 ? ms : undefined
  } catch {
    return undefined
  }
}
