import type { Abonnement } from '../common/snapshot.ts'
import type { Secret } from '../common/secret.ts'
import { EgressError } from './egress-error.ts'
import type { OAuth2, OAuth2Grant } from './oauth2.ts'
import { zgwToken } from './zgw-token.ts'

/** What is needed of an abonnement to authenticate to its subscriber. */
export type AuthorizedBy = Pick<Abonnement, 'auth' | 'authSecret'>

/**
 * The value of the Authorization header for one request to a subscriber; undefined for none. An `api_key`
 * is sent exactly as registered, even when it is empty or has no scheme; a ZGW JWT is made afresh.
 * Throws EgressError `auth` when a secret is missing or no OAuth2 token can be had.
 */
export async function authorizationFor(
  abonnement: AuthorizedBy,
  { now, oauth2 }: { now: number; oauth2: OAuth2 },
): Promise<string | undefined> {
  const { auth } = abonnement
  if (auth.type === 'no_auth') return undefined
  const secret = demandSecret(abonnement)
  if (auth.type === 'api_key') return secret.reveal()
  if (auth.type === 'zgw') return `Bearer ${zgwToken({ ...auth, secret, now })}`
  return `Bearer ${await oauth2.tokenFor({ ...auth, secret })}`
}

/**
 * After a 401: true when another try can help, because the answer was to an OAuth2 token that has now been
 * dropped. False for every other type.
 */
export function renewAuthorization(abonnement: AuthorizedBy, sent: string | undefined, oauth2: OAuth2): boolean {
  if (abonnement.auth.type !== 'oauth2_client_credentials' || sent === undefined) return false
  const grant: OAuth2Grant = { ...abonnement.auth, secret: demandSecret(abonnement) }
  oauth2.forget(grant, sent.slice('Bearer '.length))
  return true
}

function demandSecret({ authSecret }: AuthorizedBy): Secret {
  if (authSecret === undefined) throw new EgressError('auth', 'the secret of the abonnement is missing')
  return authSecret
}
