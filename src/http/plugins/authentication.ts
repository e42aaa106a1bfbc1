import { fastifyPlugin } from 'fastify-plugin'
import { fastifyJwt } from '@fastify/jwt'
import { claimedClientId, judgeToken, UNDECODABLE, type TokenFault } from '../../autorisaties/token.ts'
import type { Clock } from '../../common/clock.ts'
import { Problem } from '../../common/problem.ts'
import type { ActiveSecret, SecretUse, Snapshot } from '../../common/snapshot.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Returns the client id of a request with a good token. Throws Problem `denied`. */
    authenticate(authorization: string | undefined): string
  }
  interface FastifyRequest {
    /** Who is calling; null until that is proven. */
    clientId: string | null
  }
}

type Decoded = { header: Record<string, unknown>; payload: Record<string, unknown> }

const PREFIX = 'Bearer '
const MAX_TOKEN_LENGTH = 8 * 1024

export type AuthenticationOptions = {
  snapshot: () => Snapshot
  clock: Clock
  /** Told which secret made the signature of a good token. Must return at once and throw nothing. */
  noteUse: (use: SecretUse) => void
  /** Stands in for a secret that does not exist. No signature fits it that anybody can make: it is never given out. */
  dummySecret: string
}

/**
 * Who is calling: a ZGW JWT, signed with a secret of the client that it names. @fastify/jwt looks at the
 * signature only (HS256), always twice: over both secrets, over the only one again, or over a dummy for a
 * client that does not exist. A refusal so takes the same time whoever was named. (The only one again
 * and not a dummy, because a signature that does not fit costs a stack trace: 0.1 ms per request.)
 * Prefix and claims are judged by our own rules.
 */
export const authentication = fastifyPlugin(
  async (app, { snapshot, clock, noteUse, dummySecret }: AuthenticationOptions) => {
    // Public only: this application cannot sign.
    await app.register(fastifyJwt, { secret: { public: dummySecret } })
    app.decorateRequest('clientId', null)

    app.decorate('authenticate', (authorization) => {
      const token = tokenOf(authorization)
      const decoded = decode(token)
      const clientId = claimedClientId(decoded.payload)
      const { settings, clientCredentials } = snapshot()
      const credential = clientId === undefined ? undefined : clientCredentials.get(clientId)
      const now = clock.now()
      const secrets = activeSecrets(credential?.secrets ?? [], now)
      const [first = dummySecret, second = first] = secrets.map(({ value }) => value.reveal())
      const fits = [first, second].map((key) => isSignedWith(token, key))
      const fault = judgeToken(
        { ...decoded, known: secrets.length > 0, signed: fits.includes(true) },
        { now, tokens: settings.tokens },
      )
      if (fault !== undefined || clientId === undefined) throw denied(fault ?? UNDECODABLE)
      const used = secrets[fits.indexOf(true)]
      if (credential !== undefined && used !== undefined) noteUse({ ...placeOf(used), objectId: credential.id })
      return clientId
    })

    function decode(token: string): Decoded {
      try {
        return app.jwt.decode<Decoded>(token, { complete: true }) ?? refuse()
      } catch {
        return refuse()
      }
    }

    function isSignedWith(token: string, key: string): boolean {
      try {
        app.jwt.verify(token, { key, algorithms: ['HS256'], ignoreExpiration: true, ignoreNotBefore: true })
        return true
      } catch {
        return false
      }
    }
  },
  { name: 'authentication' },
)

function tokenOf(authorization: string | undefined): string {
  if (authorization?.startsWith(PREFIX) !== true) {
    throw new Problem('denied', {
      detail: 'Authenticatiegegevens zijn niet opgegeven. Stuur de header "Authorization: Bearer <JWT>" mee.',
    })
  }
  const token = authorization.slice(PREFIX.length)
  return token.length > MAX_TOKEN_LENGTH ? refuse() : token
}

function refuse(): never {
  throw denied(UNDECODABLE)
}

function denied({ code, detail }: TokenFault): Problem {
  return new Problem('denied', { code, detail })
}

function activeSecrets(secrets: readonly ActiveSecret[], now: number): ActiveSecret[] {
  return secrets.filter(({ value, expiresAt }) => (expiresAt === null || expiresAt > now) && value.reveal() !== '')
}

function placeOf({ slot, fingerprint }: ActiveSecret): Omit<SecretUse, 'objectId'> {
  return { slot, fingerprint }
}
