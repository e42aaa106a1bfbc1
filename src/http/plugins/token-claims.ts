import { jwtClaims } from '../../common/jwt-claims.ts'

/** Who a token says that it is of. Nothing is proven by it. */
export type TokenClaims = { clientId: string | null; userId: string | null }

const MAX_LENGTH = 200

/**
 * The claims `client_id` and `user_id` of what was sent as `Authorization`, for the audit; null where there is none,
 * and when it is no token but a static secret. The signature is looked at elsewhere.
 */
export function tokenClaims(authorization: string | undefined): TokenClaims {
  const payload = /^Bearer [^.]+\.([^.]+)\.[^.]+$/.exec(authorization ?? '')?.[1]
  const claims = payload === undefined ? undefined : jwtClaims(payload)
  return { clientId: storable(claims?.['client_id']), userId: storable(claims?.['user_id']) }
}

/** Without what no database can hold, and no longer than anybody needs. */
function storable(claim: unknown): string | null {
  if (typeof claim !== 'string' || claim === '') return null
  return claim.slice(0, MAX_LENGTH).replaceAll(/[\0\p{Surrogate}]/gu, '\uFFFD')
}
