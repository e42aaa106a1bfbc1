import { certificatesIn, endOf } from '../common/pem.ts'
import { readClaims, type Claims } from '../common/static-jwt.ts'
import type { Abonnement } from '../common/snapshot.ts'
import type { OAuth2 } from './oauth2.ts'

type Refused = Pick<Abonnement, 'auth' | 'authSecret' | 'tlsMaterial' | 'changedAt'>

const BEARER = 'Bearer '

/**
 * What a subscriber was shown when it refused, and how old that is or when it ends: `OAuth2 token of 35 min ago,
 * expires in 5 min`. For the operator, who has to know which of the two sides is wrong; never a value. `sent` is the
 * Authorization header of the request.
 */
export function describeAuthorization(
  abonnement: Refused,
  sent: string | undefined,
  { now, oauth2 }: { now: number; oauth2: Pick<OAuth2, 'periodOf'> },
): string {
  const [certificate] = certificatesIn(abonnement.tlsMaterial?.certificate?.reveal() ?? '') ?? []
  const shown = describeHeader(abonnement, sent, { now, oauth2 })
  return certificate === undefined ? shown : `${shown}; client certificate that ${ending(endOf([certificate]), now)}`
}

function describeHeader(
  { auth, authSecret, changedAt }: Refused,
  sent: string | undefined,
  { now, oauth2 }: { now: number; oauth2: Pick<OAuth2, 'periodOf'> },
): string {
  if (auth.type === 'no_auth' || sent === undefined || authSecret === undefined) return 'no authorization'
  if (auth.type === 'zgw') return 'ZGW token made for this request'
  if (auth.type === 'oauth2_client_credentials') {
    const period = oauth2.periodOf({ ...auth, secret: authSecret }, sent.slice(BEARER.length))
    if (period === undefined) return 'OAuth2 token that was replaced since'
    return `OAuth2 token of ${ago(period.obtainedAt, now)}, ${ending(period.endsAt, now)}`
  }
  const claims = readClaims(authSecret)
  if (claims !== undefined) return describeJwt(claims, now)
  return changedAt === undefined ? 'API key' : `API key, abonnement last changed ${ago(changedAt, now)}`
}

function describeJwt({ exp, iat }: Claims, now: number): string {
  const made = iat === undefined || iat > now ? '' : `, made ${ago(iat, now)}`
  return exp === undefined ? `static JWT without an end${made}` : `static JWT that ${ending(exp, now)}${made}`
}

function ending(at: number, now: number): string {
  return at <= now ? `expired ${ago(at, now)}` : `expires in ${duration(at - now)}`
}

function ago(at: number, now: number): string {
  return `${duration(Math.max(now - at, 0))} ago`
}

const UNITS = [
  ['day', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** In the largest unit of which there is one, rounded down: `35 min`, `3 days`. */
function duration(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? (['s', 1_000] as const)
  const count = Math.floor(ms / size)
  return `${count} ${unit}${unit === 'day' && count !== 1 ? 's' : ''}`
}
