import { jwtClaims } from './jwt-claims.ts'
import type { Secret } from './secret.ts'

/** What a JWT says of itself: times in epoch ms. `zgw`: it is a token of the ZGW APIs. */
export type Claims = { exp: number | undefined; iat: number | undefined; zgw: boolean }

/** The claims of an `api_key` that is a JWT, with or without `Bearer`; its signature is not ours to check. */
export function readClaims(secret: Secret): Claims | undefined {
  const [, payload] = /^(?:bearer\s+)?[\w-]+\.([\w-]+)\.[\w-]*$/i.exec(secret.reveal().trim()) ?? []
  const claims = payload === undefined ? undefined : jwtClaims(payload)
  if (claims === undefined) return undefined
  return { exp: moment(claims['exp']), iat: moment(claims['iat']), zgw: 'client_id' in claims }
}

function moment(seconds: unknown): number | undefined {
  const ms = Number(seconds) * 1_000
  return seconds !== undefined && seconds !== null && Math.abs(ms) < 8.64e15 ? ms : undefined
}
