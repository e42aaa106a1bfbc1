import { createSigner } from 'fast-jwt'
import type { Secret } from '../common/secret.ts'

export type ZgwTokenClaims = {
  clientId: string
  secret: Secret
  userId: string
  userRepresentation: string
  /** Epoch ms. */
  now: number
  /** Default one hour: what the ZGW components themselves use. */
  validForSeconds?: number
}

/**
 * A JWT as the ZGW APIs want it: HS256, with who calls (`iss` and `client_id`) and on whose behalf
 * (`user_id`, `user_representation`). Made afresh for every request, because receivers refuse one whose
 * `iat` is old. (Autorisaties in the ZGW standard, "JWT payload".)
 */
export function zgwToken(claims: ZgwTokenClaims): string {
  const iat = Math.floor(claims.now / 1_000)
  const sign = createSigner({ algorithm: 'HS256', key: claims.secret.reveal() })
  return sign({
    iss: claims.clientId,
    iat,
    exp: iat + (claims.validForSeconds ?? 3_600),
    client_id: claims.clientId,
    user_id: claims.userId,
    user_representation: claims.userRepresentation,
  })
}
