import t from 'tap'
import type { AuthSpec } from '../../src/common/model.ts'
import { Secret } from '../../src/common/secret.ts'
import { describeAuthorization } from '../../src/egress/describe-authorization.ts'
import { makeCertificate } from '../support/certificate.ts'

const NOW = Date.UTC(2026, 10, 23, 9)
const [MINUTE, DAY] = [60_000, 86_400_000]
const oauth: AuthSpec = { type: 'oauth2_client_credentials', clientId: 'bode', tokenUrl: 'https://x/', scope: '' }

function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `Bearer ${part({ alg: 'HS256' })}.${part(claims)}.c2lnbmF0dXJl`
}
const seconds = (ms: number): number => ms / 1_000

const CASES: [string, AuthSpec, string, string, { changedAt?: number }?][] = [
  ['nothing', { type: 'no_auth' }, '', 'no authorization'],
  [
    'an API key',
    { type: 'api_key' },
    'c4n4ry key',
    'API key, abonnement last changed 12 days ago',
    { changedAt: NOW - 12 * DAY },
  ],
  ['an API key of unknown age', { type: 'api_key' }, 'c4n4ry', 'API key'],
  [
    'a token that ended',
    { type: 'api_key' },
    jwt({ client_id: 'c4n4ry', exp: seconds(NOW - 3 * DAY) }),
    'static JWT that expired 3 days ago',
  ],
  [
    'a token that ends',
    { type: 'api_key' },
    jwt({ iat: seconds(NOW - 40 * DAY), exp: seconds(NOW + DAY) }),
    'static JWT that expires in 1 day, made 40 days ago',
  ],
  [
    'a token that names no end',
    { type: 'api_key' },
    jwt({ iat: seconds(NOW - 2 * MINUTE) }),
    'static JWT without an end, made 2 min ago',
  ],
  [
    'a ZGW token',
    { type: 'zgw', clientId: 'bode', userId: 'u', userRepresentation: '' },
    'c4n4ry',
    'ZGW token made for this request',
  ],
  ['an OAuth2 token', oauth, 'c4n4ry', 'OAuth2 token of 35 min ago, expires in 5 min'],
]
for (const [name, auth, secret, expected, more] of CASES) {
  void t.test(`${name} is described by its age and its end, without its value`, async (t) => {
    const periodOf = (): { obtainedAt: number; endsAt: number } => {
      return { obtainedAt: NOW - 35 * MINUTE, endsAt: NOW + 5 * MINUTE }
    }
    const abonnement = { auth, authSecret: secret === '' ? undefined : new Secret(secret), ...more }
    t.equal(describeAuthorization(abonnement, 'Bearer c4n4ry', { now: NOW, oauth2: { periodOf } }), expected)
  })
}

void t.test('a token that is not kept any more, and a client certificate beside it', async (t) => {
  const { cert, key } = makeCertificate({ validTo: new Date(NOW - 2 * DAY) })
  const tlsMaterial = { certificate: new Secret(cert), key: new Secret(key) }
  const abonnement = { auth: oauth, authSecret: new Secret('c4n4ry'), tlsMaterial }
  t.equal(
    describeAuthorization(abonnement, 'Bearer c4n4ry', { now: NOW, oauth2: { periodOf: () => undefined } }),
    'OAuth2 token that was replaced since; client certificate that expired 2 days ago',
  )
})
