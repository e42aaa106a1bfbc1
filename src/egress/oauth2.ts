import { createHash } from 'node:crypto'
import type { Clock } from '../common/clock.ts'
import type { Secret } from '../common/secret.ts'
import type { Egress, EgressResponse } from './egress.ts'
import { EgressError } from './egress-error.ts'

/** Who asks for a token, and where. Two grants that are equal in everything share one token. */
export type OAuth2Grant = { tokenUrl: string; clientId: string; secret: Secret; scope: string }

/** Access tokens of the client credentials grant (RFC 6749 §4.4), kept in memory only. */
export type OAuth2 = {
  /** A token that is valid for a while yet. Throws EgressError `auth` or why the token URL did not answer. */
  tokenFor(grant: OAuth2Grant): Promise<string>
  /** When `token` was obtained and when it ends (epoch ms); undefined for one that is not kept any more. */
  periodOf(grant: OAuth2Grant, token: string): { obtainedAt: number; endsAt: number } | undefined
  /** Drops `token` after a 401, so that the next call asks for another. */
  forget(grant: OAuth2Grant, token: string): void
}

/** Asked anew this long before it expires, so that it does not expire on its way. */
const RENEW_BEFORE_MS = 30_000
/** Used when the answer has no `expires_in` (it is only recommended, RFC 6749 §5.1). */
const DEFAULT_EXPIRES_IN_S = 300
const TIMEOUT_MS = 5_000
const MAX_RESPONSE_BYTES = 65_536

type Token = { value: string; renewAt: number; obtainedAt: number; endsAt: number }

export function createOAuth2(options: { egress: Egress; clock: Clock }): OAuth2 {
  const tokens = new Map<string, Token>()
  const asking = new Map<string, Promise<Token>>()

  async function ask(key: string, grant: OAuth2Grant): Promise<Token> {
    const askedAt = options.clock.now()
    const { token, expiresInS } = readToken(await requestToken(options.egress, grant))
    // A token so short-lived that it would always be renewed is used for the half of its life.
    const usableMs = Math.max(expiresInS * 1_000 - RENEW_BEFORE_MS, expiresInS * 500)
    const endsAt = askedAt + expiresInS * 1_000
    const renewed = { value: token, renewAt: askedAt + usableMs, obtainedAt: askedAt, endsAt }
    tokens.set(key, renewed)
    return renewed
  }

  return {
    async tokenFor(grant) {
      const key = keyOf(grant)
      const known = tokens.get(key)
      if (known !== undefined && options.clock.now() < known.renewAt) return known.value
      // One request for all who wait: a burst of deliveries must not become a burst at the token URL.
      const pending = asking.get(key) ?? ask(key, grant).finally(() => asking.delete(key))
      asking.set(key, pending)
      return (await pending).value
    },
    periodOf(grant, token) {
      const known = tokens.get(keyOf(grant))
      return known?.value === token ? { obtainedAt: known.obtainedAt, endsAt: known.endsAt } : undefined
    },
    forget(grant, token) {
      const key = keyOf(grant)
      if (tokens.get(key)?.value === token) tokens.delete(key)
    },
  }
}

function requestToken(egress: Egress, grant: OAuth2Grant): Promise<EgressResponse> {
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  if (grant.scope !== '') form.set('scope', grant.scope)
  return egress.request({
    url: grant.tokenUrl,
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      authorization: basicAuthorization(grant),
    },
    body: form.toString(),
    timeoutMs: TIMEOUT_MS,
    maxResponseBytes: MAX_RESPONSE_BYTES,
  })
}

/** HTTP Basic over form-encoded halves, as RFC 6749 §2.3.1 demands: a colon in a client id stays readable. */
function basicAuthorization({ clientId, secret }: OAuth2Grant): string {
  const pair = `${formEncode(clientId)}:${formEncode(secret.reveal())}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

/** Reads an answer by RFC 6749 §5.1. The content of a refusal is not repeated: it may hold anything. */
function readToken(response: EgressResponse): { token: string; expiresInS: number } {
  if (response.status !== 200) throw new EgressError('auth', `the token URL answered ${response.status}`)
  const answer = parseObject(response.body.toString())
  const { access_token: token, expires_in: expiresIn } = answer
  if (typeof token !== 'string' || token === '') {
    throw new EgressError('auth', 'the answer of the token URL holds no access_token')
  }
  const seconds = Number(expiresIn ?? DEFAULT_EXPIRES_IN_S)
  return { token, expiresInS: Number.isFinite(seconds) && seconds > 0 ? seconds : DEFAULT_EXPIRES_IN_S }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // falls through: not JSON and not an object are the same to the caller
  }
  throw new EgressError('auth', 'the answer of the token URL is not a JSON object')
}

/** The secret takes part as a digest, so that a changed secret gets a token of its own. */
function keyOf({ tokenUrl, clientId, scope, secret }: OAuth2Grant): string {
  const fingerprint = createHash('sha256').update(secret.reveal()).digest('base64url')
  return JSON.stringify([tokenUrl, clientId, scope, fingerprint])
}
