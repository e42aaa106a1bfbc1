import t, { type Test } from 'tap'
import { canary } from '../../support/canary.ts'
import {
  closedPort,
  examined,
  startHttps,
  subjectsFor,
  type AbonnementParts,
  type SubjectParts,
} from '../../support/doctor.ts'
import { Receiver, type Answer, type ReceivedRequest } from '../../support/receiver.ts'
import { makeToken } from '../../support/token.ts'

const KEY = canary('callback')
const API_KEY = { auth: { type: 'api_key' as const }, secret: KEY }

/** A receiver that asks for authorization, as it should. */
const strict = ({ headers }: ReceivedRequest): Answer => ({ status: headers.authorization === KEY ? 204 : 401 })
const answering = (withAuth: number, withoutAuth = 401) => {
  return ({ headers }: ReceivedRequest): Answer => ({ status: headers.authorization === KEY ? withAuth : withoutAuth })
}

type Row = [
  what: string,
  answer: Answer | ((request: ReceivedRequest) => Answer),
  parts: Partial<AbonnementParts>,
  expected: { id: string; status: string; message: RegExp; side?: string },
  more?: Partial<SubjectParts>,
]

const rows: Row[] = [
  ['all is well', strict, API_KEY, { id: 'callbacks/answers', status: 'ok', message: /with authorization \(204\)/ }],
  [
    'it takes what is not authorized',
    { status: 200 },
    API_KEY,
    { id: 'callbacks/open', status: 'failed', message: /without authorization too \(200\)/ },
  ],
  [
    'the same where probes are not strict',
    { status: 200 },
    API_KEY,
    { id: 'callbacks/open', status: 'warning', message: /without authorization too/ },
    { settings: { callbacks: { probe: 'off' } } },
  ],
  [
    'our authorization is refused',
    { status: 401 },
    API_KEY,
    { id: 'callbacks/auth-refused', status: 'failed', message: /does not accept our authorization/, side: 'secret' },
  ],
  [
    'it asks for authentication that the abonnement does not have',
    { status: 403 },
    {},
    { id: 'callbacks/auth-refused', status: 'failed', message: /asks for authentication/ },
  ],
  [
    'no authentication at all',
    { status: 204 },
    {},
    { id: 'callbacks/answers', status: 'ok', message: /no authentication/ },
  ],
  ['a wrong path', answering(404), API_KEY, { id: 'callbacks/not-found', status: 'failed', message: /404/ }],
  ['a fault of its own', answering(503), API_KEY, { id: 'callbacks/server-error', status: 'failed', message: /503/ }],
  ['a redirect', answering(302), API_KEY, { id: 'callbacks/redirect', status: 'failed', message: /not follow/ }],
  [
    'the test message alone is refused',
    answering(422),
    API_KEY,
    { id: 'callbacks/test-refused', status: 'warning', message: /422/ },
  ],
  [
    'another answer without authorization',
    answering(204, 500),
    API_KEY,
    { id: 'callbacks/unclear', status: 'warning', message: /without authorization it answers 500/ },
  ],
  ['no answer', 'hang', API_KEY, { id: 'callbacks/timeout', status: 'failed', message: /did not answer in time/ }],
  [
    'an answer without authorization only',
    ({ headers }) => (headers.authorization === undefined ? { status: 401 } : 'reset'),
    API_KEY,
    { id: 'callbacks/reset', status: 'failed', message: /answered without authorization \(401\), and with it not/ },
  ],
  [
    'a secret that is not there',
    strict,
    { ...API_KEY, secret: null },
    { id: 'callbacks/no-secret', status: 'skipped', message: /not there/ },
  ],
  [
    'a secret that no header can hold',
    strict,
    { ...API_KEY, secret: `${KEY}\n${KEY}` },
    { id: 'callbacks/header', status: 'failed', message: /visible ASCII/, side: 'secret' },
  ],
  [
    'an address that the egress policy forbids',
    strict,
    API_KEY,
    { id: 'callbacks/denied', status: 'failed', message: /loopback/, side: 'document' },
    { settings: { egress: { policy: 'private', allow: [] } } },
  ],
]

for (const [what, answer, parts, expected, more] of rows) {
  void t.test(`a callback: ${what}`, async (t) => {
    const receiver = await Receiver.start(t)
    receiver.answer(answer)
    const abonnementen = { zac: { callbackUrl: `${receiver.url}/hook?token=${canary('query')}`, ...parts } }
    const findings = await examined(t, subjectsFor({ abonnementen, ...more }), {
      only: ['callbacks'],
      timeoutMs: what === 'no answer' ? 300 : 10_000,
    })
    t.match(
      findings.find(({ id }) => id === expected.id),
      { subject: 'abonnementen.zac', ...expected },
      JSON.stringify(findings, null, 2),
    )
    t.equal(
      findings.some(({ advice }) => advice === null),
      expected.status === 'ok' || expected.status === 'skipped' || findings.length > 1,
      'what is wrong has an advice',
    )
  })
}

void t.test('the request is the test message of the API', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.answer(strict)
  const abonnementen = { zac: { callbackUrl: receiver.url, ...API_KEY } }
  await examined(t, subjectsFor({ abonnementen }), { only: ['callbacks'] })
  t.equal(receiver.requests.length, 2)
  for (const { method, body } of receiver.requests)
    t.match({ method, body }, { method: 'POST', body: /"kanaal":"test"/ })
})

void t.test('nothing listens, or the certificate is not trusted', async (t) => {
  const abonnementen = {
    dicht: { callbackUrl: `http://127.0.0.1:${await closedPort()}/` },
    tls: { callbackUrl: await startHttps(t) },
    naam: {
      callbackUrl: (await startHttps(t, { name: 'elsewhere.test', ip: false })).replace('127.0.0.1', 'localhost'),
    },
  }
  const findings = await examined(t, subjectsFor({ abonnementen }), { only: ['callbacks', 'certificates'] })
  t.match(findings, [
    { id: 'callbacks/refused', subject: 'abonnementen.dicht' },
    { id: 'callbacks/certificate-untrusted', subject: 'abonnementen.tls' },
    { id: /^callbacks\/certificate-/, subject: 'abonnementen.naam' },
    { id: 'certificates/certificate-untrusted', subject: /^127\.0\.0\.1:/, message: /for abonnementen\.tls/ },
    { id: /^certificates\/certificate-/, subject: /^localhost:/ },
  ])
})

const OAUTH = (tokenUrl: string) => {
  const auth = { type: 'oauth2_client_credentials' as const, clientId: 'bode', tokenUrl, scope: '' }
  return { auth, secret: KEY }
}

void t.test('a token that cannot be had is told once, and the callback is then tried without', async (t) => {
  const tokens = await Receiver.start(t)
  const receiver = await Receiver.start(t)
  const zac = { callbackUrl: receiver.url, ...OAUTH(`${tokens.url}/token`) }
  const check = async (answer: Answer) => {
    tokens.answer(answer)
    return examined(t, subjectsFor({ abonnementen: { zac } }), {
      only: ['callbacks', 'tokens'],
      timeoutMs: answer === 'hang' ? 300 : 10_000,
    })
  }
  const cases: [Answer, string, RegExp][] = [
    [{ status: 401 }, 'tokens/refused', /client "bode" exists.*this secret/],
    [{ status: 404 }, 'tokens/no-token', /token endpoint/],
    [{ status: 200, body: '<html>' }, 'tokens/no-token', /token endpoint/],
    ['hang', 'tokens/timeout', /firewall/],
  ]
  for (const [answer, id, what] of cases) {
    const findings = await check(answer)
    t.match(findings, [{ id: /callbacks\/(no-token|timeout)/ }, { id, status: 'failed', advice: { what } }])
  }
  receiver.answer(({ headers }) => ({ status: headers.authorization === 'Bearer abc' ? 200 : 403 }))
  t.match(await check({ status: 200, body: '{"access_token":"abc","expires_in":60}' }), [
    { id: 'callbacks/answers', status: 'ok' },
    { id: 'tokens/obtained', status: 'ok' },
  ])
})

void t.test('a ZGW token is made afresh', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.answer(({ headers }) => ({ status: headers.authorization?.startsWith('Bearer ey') === true ? 200 : 401 }))
  const auth = { type: 'zgw' as const, clientId: 'bode', userId: 'bode', userRepresentation: 'Bode' }
  const zac = { callbackUrl: receiver.url, auth, secret: KEY }
  t.match(await examined(t, subjectsFor({ abonnementen: { zac } })), [
    { id: 'autorisaties/not-needed' },
    { id: 'callbacks/answers', status: 'ok' },
    { id: 'tokens/made', status: 'ok' },
  ])
})

const NOW = Date.UTC(2026, 5, 1)
const jwts: [what: string, value: string, expected: { id: string; status: string; message: RegExp } | undefined][] = [
  ['no JWT', KEY, undefined],
  ['three words with dots', 'a.b.c', undefined],
  ['expired', jwt({ exp: seconds('2026-05-01') }), { id: 'jwt/expired', status: 'failed', message: /2026-05-01/ }],
  [
    'expires next week',
    jwt({ exp: seconds('2026-06-08') }),
    { id: 'jwt/expires-soon', status: 'warning', message: /2026-06-08/ },
  ],
  [
    'valid for a year',
    jwt({ exp: seconds('2027-06-01'), client_id: undefined }),
    { id: 'jwt/valid', status: 'ok', message: /2027-06-01/ },
  ],
  [
    'a ZGW token of yesterday',
    jwt({ iat: seconds('2026-05-31') }),
    { id: 'jwt/old', status: 'warning', message: /older than an hour/ },
  ],
  [
    'without times',
    jwt({ iat: undefined, client_id: undefined }),
    { id: 'jwt/no-end', status: 'ok', message: /no end/ },
  ],
]

for (const [what, value, expected] of jwts) {
  void t.test(`a fixed Authorization: ${what}`, async (t) => {
    const zac = { callbackUrl: 'http://127.0.0.1:9/', auth: { type: 'api_key' as const }, secret: value }
    const found = await findJwt(t, zac)
    if (expected === undefined) t.strictSame(found, [])
    else t.match(found, [{ subject: 'abonnementen.zac', ...expected }])
    t.notMatch(JSON.stringify(found), /eyJ/)
  })
}

async function findJwt(t: Test, zac: AbonnementParts) {
  return examined(t, subjectsFor({ abonnementen: { zac } }), { only: ['jwt'], clock: { now: () => NOW } })
}

function jwt(claims: Record<string, unknown>): string {
  return `Bearer ${makeToken({ now: NOW, secret: KEY, claims })}`
}

function seconds(date: string): number {
  return Date.parse(date) / 1_000
}
