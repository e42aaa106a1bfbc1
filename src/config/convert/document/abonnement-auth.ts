import { jwtClaims } from '../../../common/jwt-claims.ts'
import type { Given, OnAbonnement } from '../../../common/open-notificaties.ts'
import { Secret } from '../../../common/secret.ts'
import { quoted } from '../../quoted.ts'
import { isEmpty, isUnknown, valueOf, type Value } from '../converted.ts'
import { note, type Making } from './context.ts'
import { urlCredentials } from './url-credentials.ts'

export type Auth = { callbackUrl: Given; auth: { [key: string]: Value } }

/**
 * How the callback is authenticated to, as Open Notificaties really did it: a user name in the URL won
 * over everything, and an empty value was sent as an empty header.
 */
export function authOf(making: Making, abonnement: OnAbonnement, key: string, comments: string[]): Auth {
  const { callbackUrl, origin } = abonnement
  const credentials = urlCredentials(callbackUrl)
  if (credentials !== undefined) {
    note(making, comments, origin, {
      id: 'url-credentials',
      message: `${origin.shown} has a user name or password in its callback URL; it is now the value of auth`,
    })
    const pair = Buffer.from(`${credentials.username}:${credentials.password}`, 'latin1').toString('base64')
    // The library that Open Notificaties calls with makes this header of them.
    const value = making.secrets.mark({ value: new Secret(`Basic ${pair}`) }, key, 'value')
    return { callbackUrl: credentials.url, auth: { type: 'api_key', value } }
  }
  return { callbackUrl, auth: byType(making, abonnement, key, comments) }
}

function byType(making: Making, abonnement: OnAbonnement, key: string, comments: string[]): Auth['auth'] {
  const { authType, auth, clientId, secret, tokenUrl, scope, origin } = abonnement
  if (authType === 'api_key') return apiKey(making, abonnement, key, comments)
  if (authType === 'zgw' || authType === 'oauth2_client_credentials') {
    if (isUnknown(secret)) {
      note(making, comments, origin, { id: 'empty-secret', message: `${origin.shown} has no secret for ${authType}` })
    }
    if (!isUnknown(auth)) {
      comments.push(`Open Notificaties also had a value for auth, which it did not use with ${authType}.`)
    }
    const common = { type: authType, clientId: valueOf(clientId), secret: making.secrets.mark(secret, key, 'secret') }
    if (authType === 'zgw') return common
    return { ...common, tokenUrl: valueOf(tokenUrl), ...(isEmpty(scope) ? {} : { scope: valueOf(scope) }) }
  }
  if (authType !== 'no_auth' && authType !== '') {
    note(making, comments, origin, {
      id: 'auth-unsupported',
      message: `${origin.shown} has the unknown auth_type ${quoted(authType)}; it is converted without authentication`,
    })
  }
  return { type: 'no_auth' }
}

function apiKey(making: Making, abonnement: OnAbonnement, key: string, comments: string[]): Auth['auth'] {
  const { auth, origin } = abonnement
  if (isUnknown(auth)) {
    note(making, comments, origin, {
      id: 'empty-auth',
      message: `${origin.shown} has an empty auth: Open Notificaties sent an empty Authorization header, Bode sends none`,
    })
    return { type: 'no_auth' }
  }
  tellExpiry(making, abonnement, comments)
  return { type: 'api_key', value: making.secrets.mark(auth, key, 'value') }
}

/** Tells of a fixed token that ends, or has. */
export function tellExpiry(making: Making, { auth, origin }: OnAbonnement, comments: string[]): void {
  const expiry = auth?.value === undefined ? undefined : expiryOf(auth.value)
  if (expiry === undefined) return
  const date = new Date(expiry).toISOString().slice(0, 10)
  note(making, comments, origin, {
    id: 'static-token',
    message: `${origin.shown} sends a fixed token that ${expiry <= making.now ? 'has ended' : 'ends'} on ${date}`,
    help: ['with auth type zgw Bode makes a new token for each callback'],
  })
}

/** When the JWT in an Authorization value ends (epoch ms); undefined when it is none, or never ends. */
function expiryOf(value: Secret): number | undefined {
  const [, payload] = /^Bearer\s+[\w-]+\.([\w-]+)\.[\w-]*$/i.exec(value.reveal()) ?? []
  const exp = payload === undefined ? undefined : jwtClaims(payload)?.['exp']
  const ms = typeof exp === 'number' ? exp * 1000 : Number.NaN
  return ms > 0 && ms < 8.64e15 ? ms : undefined
}
