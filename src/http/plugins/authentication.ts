import { fastifyPlugin } from 'fastify-plugin'
import { fastifyJwt } from '@fastify/jwt'
import { ProvenTokens, type Proof } from '../../autorisaties/proven-tokens.ts'
import { compileStaticSecrets, type FindSender } from '../../autorisaties/static-secrets.ts'
import { claimedClientId, judgeToken, UNDECODABLE, type TokenFault } from '../../autorisaties/token.ts'
import type { Clock } from '../../common/clock.ts'
import { Problem } from '../../common/problem.ts'
import { MAX_CREDENTIAL_LENGTH } from '../../common/static-secret.ts'
import type { ActiveSecret, SecretUse, Snapshot } from '../../common/snapshot.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Returns the client id of a request with a good token or static secret. Throws Problem `denied`. */
    authenticate(authorization: string | undefined): string
  }
  interface FastifyRequest {
    /** Who is calling; null until that is proven. */
    clientId: string | null
  }
}

type Decoded = { header: Record<string, unknown>; payload: Record<string, unknown> }

const PREFIX = 'Bearer '
/** Said to somebody who does know the secret. */
const SHARED =
  'Dit geheim hoort bij meer dan één client, zodat niet vaststaat wie dit verzoek doet. Geef elke client een eigen geheim.'

export type AuthenticationOptions = {
  snapshot: () => Snapshot
  clock: Clock
  /** Told which secret made the signature of a good token, or was sent itself. Must return at once and throw nothing. */
  noteUse: (use: SecretUse) => void
  /** Stands in for a secret that does not exist. No signature fits it that anybody can make: it is never given out. */
  dummySecret: string
}

/**
 * Who is calling: the sender of a static secret, or else a ZGW JWT, signed with a secret of the client that
 * it names; a client does the one or the other. @fastify/jwt looks at the signature only (HS256), always
 * twice: over both secrets, over the only one again, or over a dummy for a client that does not exist or
 * does not sign. A refusal so takes the same time whoever was named. (The only one again and not a dummy,
 * because a signature that does not fit costs a stack trace: 0.1 ms per request.) A signature that was right is
 * remembered. Prefix and claims are judged by our own rules, each time.
 */
export const authentication = fastifyPlugin(
  async (app, { snapshot, clock, noteUse, dummySecret }: AuthenticationOptions) => {
    // Public only: this application cannot sign.
    await app.register(fastifyJwt, { secret: { public: dummySecret } })
    app.decorateRequest('clientId', null)
    const proven = new ProvenTokens()
    let compiled: { snapshot: Snapshot; find: FindSender } | undefined

    app.decorate('authenticate', (authorization = '') => {
      const current = snapshot()
      const now = clock.now()
      const sender = findSender(current)(authorization, now)
      if (sender === 'shared') throw new Problem('denied', { detail: SHARED })
      const { clientId, use } = sender ?? signerOf(proofOf(tokenOf(authorization), current, now))
      noteUse(use)
      return clientId
    })

    /** The index is made once per snapshot. */
    function findSender(current: Snapshot): FindSender {
      if (compiled?.snapshot !== current) {
        compiled = { snapshot: current, find: compileStaticSecrets(current.clientCredentials.values()) }
      }
      return compiled.find
    }

    /** Throws Problem `denied` for a token that proves nothing, or whose claims are not right now. */
    function proofOf(token: string, current: Snapshot, now: number): Proof {
      const known = proven.find(token, current, now)
      if (known === undefined) return prove(token, current, now)
      const fault = judgeToken({ ...known, known: true, signed: true }, { now, tokens: current.settings.tokens })
      if (fault !== undefined) throw denied(fault)
      return known
    }

    function prove(token: string, current: Snapshot, now: number): Proof {
      const { settings, clientCredentials } = current
      const decoded = decode(token)
      const claimed = clientCredentials.get(claimedClientId(decoded.payload) ?? '')
      const client = claimed?.type === 'static' ? undefined : claimed
      const secrets = activeSecrets(client?.secrets ?? [], now)
      const [first = dummySecret, second = first] = secrets.map(({ value }) => value.reveal())
      const fits = [first, second].map((key) => isSignedWith(token, key))
      const fault = judgeToken(
        { ...decoded, known: secrets.length > 0, signed: fits.includes(true) },
        { now, tokens: settings.tokens },
      )
      const secret = secrets[fits.indexOf(true)]
      if (fault !== undefined || client === undefined || secret === undefined) throw denied(fault ?? UNDECODABLE)
      const proof = { ...decoded, client, secret }
      proven.add(token, current, proof)
      return proof
    }

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

function tokenOf(authorization: string): string {
  if (!authorization.startsWith(PREFIX)) {
    throw new Problem('denied', {
      detail: 'Authenticatiegegevens zijn niet opgegeven. Stuur de header "Authorization: Bearer <JWT>" mee.',
    })
  }
  const token = authorization.slice(PREFIX.length)
  return token.length > MAX_CREDENTIAL_LENGTH ? refuse() : token
}

function signerOf({ client, secret }: Proof): { clientId: string; use: SecretUse } {
  const { slot, fingerprint } = secret
  return { clientId: client.clientId, use: { objectId: client.id, slot, fingerprint } }
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
