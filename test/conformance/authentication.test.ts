// Longer than most: every row of a table. Who is calling, by behaviour reference §3 with our decisions.
import { createHmac } from 'node:crypto'
import t from 'tap'
import { startTestApp, type TestApp } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { makeToken, SECRET } from '../support/token.ts'

const TITLE = 'Je hebt geen toestemming om deze actie uit te voeren.'
const NOW = Math.floor(Date.now() / 1_000)
const CLAIMS = { client_id: 'openzaak', iat: NOW }

/** JSON that is not what `JSON.stringify` would make. */
class Raw {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
const segment = (value: unknown): string =>
  Buffer.from(value instanceof Raw ? value.text : JSON.stringify(value)).toString('base64url')

/** A token with a good signature over whatever is in it; `hash` for another algorithm. */
function signed(payload: unknown, header: unknown = { alg: 'HS256' }, hash = 'sha256', secret = SECRET): string {
  const input = `${segment(header)}.${segment(payload)}`
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`
}
const claims = (more: Record<string, unknown>): string => signed({ ...CLAIMS, ...more })
const without = (...names: string[]): string => claims(Object.fromEntries(names.map((name) => [name, undefined])))

const good = signed(CLAIMS)
const [header = '', payload = '', signature = ''] = good.split('.')

/** Number of the row, what is presented (the whole header for row 0, else a token), the code, and a word of the detail. */
type Case = [row: number, what: string, presented: string, code: string, detail?: RegExp]

const refused: Case[] = [
  [0, 'an empty header', '', 'permission_denied', /Stuur de header "Authorization: Bearer <JWT>" mee/],
  [0, 'lower-case bearer', `bearer ${good}`, 'permission_denied'],
  [0, 'a token of another type', `Token ${good}`, 'permission_denied'],
  [0, 'Basic', 'Basic b3BlbnphYWs6eA==', 'permission_denied'],
  [0, 'the prefix without its space', `Bearer${good}`, 'permission_denied'],
  [0, 'only the prefix', 'Bearer ', 'jwt-decode-error', /Mogelijks heb je een copy-paste fout gemaakt/],
  [0, 'two spaces', `Bearer  ${good}`, 'jwt-decode-error'],
  [1, 'a word', 'x', 'jwt-decode-error'],
  [1, 'two segments', `${header}.${payload}`, 'jwt-decode-error'],
  [1, 'four segments', `${good}.${signature}`, 'jwt-decode-error'],
  [1, 'a header that is no JSON', `${segment(new Raw('no'))}.${payload}.${signature}`, 'jwt-decode-error'],
  [1, 'a header that is a list', signed(CLAIMS, []), 'jwt-decode-error'],
  [1, 'a header of null', signed(CLAIMS, null), 'jwt-decode-error'],
  [1, 'a payload that is no JSON', signed(new Raw('{"client_id":')), 'jwt-decode-error'],
  [1, 'a payload that is a list', signed([]), 'jwt-decode-error'],
  [1, 'a payload that is text', signed('openzaak'), 'jwt-decode-error'],
  [1, 'a payload that is a number', signed(1), 'jwt-decode-error'],
  [1, 'a payload of null', signed(null), 'jwt-decode-error'],
  [1, '8 KB and a bit', claims({ x: 'x'.repeat(8_192) }), 'jwt-decode-error'],
  [2, 'no client_id', without('client_id'), 'missing-client-identifier', /Client identifier is niet aanwezig in JWT/],
  [2, 'nothing at all', signed({}), 'missing-client-identifier'],
  [3, 'an unknown client', claims({ client_id: 'nobody' }), 'invalid-client-identifier', /identifier bestaat niet/],
  [3, 'an unknown client and alg none', signed({ client_id: 'x' }, { alg: 'none' }), 'invalid-client-identifier'],
  [3, 'a client_id of null', claims({ client_id: null }), 'invalid-client-identifier'],
  [3, 'an empty client_id', claims({ client_id: '' }), 'invalid-client-identifier'],
  [3, 'a client_id that is a list', claims({ client_id: ['openzaak'] }), 'invalid-client-identifier'],
  [3, 'a client_id that is a number', claims({ client_id: 1 }), 'invalid-client-identifier'],
  [3, 'a client_id that every object has', claims({ client_id: '__proto__' }), 'invalid-client-identifier'],
  [3, 'another case of a client_id', claims({ client_id: 'OpenZaak' }), 'invalid-client-identifier'],
  [3, 'a client that does not sign', claims({ client_id: 'static' }), 'invalid-client-identifier'],
  [
    4,
    'HS384',
    signed(CLAIMS, { alg: 'HS384' }, 'sha384'),
    'jwt-invalidalgorithmerror',
    /het algoritme moet HS256 zijn/,
  ],
  [4, 'HS512', signed(CLAIMS, { alg: 'HS512' }, 'sha512'), 'jwt-invalidalgorithmerror'],
  [4, 'alg none', `${segment({ alg: 'none' })}.${payload}.`, 'jwt-invalidalgorithmerror'],
  [4, 'alg RS256', signed(CLAIMS, { alg: 'RS256' }), 'jwt-invalidalgorithmerror'],
  [4, 'alg in lower case', signed(CLAIMS, { alg: 'hs256' }), 'jwt-invalidalgorithmerror'],
  [4, 'alg that is a list', signed(CLAIMS, { alg: ['HS256'] }), 'jwt-invalidalgorithmerror'],
  [4, 'no alg', signed(CLAIMS, {}), 'jwt-invalidalgorithmerror'],
  [
    5,
    'a wrong secret',
    signed(CLAIMS, undefined, undefined, 'wrong'),
    'invalid-jwt-signature',
    /credentials zijn niet/,
  ],
  [5, 'an empty secret', signed(CLAIMS, undefined, undefined, ''), 'invalid-jwt-signature'],
  [5, 'no signature', `${header}.${payload}.`, 'invalid-jwt-signature'],
  [5, 'another payload', `${header}.${segment({ ...CLAIMS, x: 1 })}.${signature}`, 'invalid-jwt-signature'],
  [
    5,
    'a wrong secret and no iat',
    signed({ client_id: 'openzaak' }, undefined, undefined, 'x'),
    'invalid-jwt-signature',
  ],
  [6, 'no iat', without('iat'), 'jwt-missing-iat-claim', /Missing required iat claim/],
  [6, 'an iat of null', claims({ iat: null }), 'jwt-missing-iat-claim'],
  [6, 'no iat, and over', claims({ iat: null, exp: 1 }), 'jwt-missing-iat-claim'],
  [7, 'an exp of this second', claims({ exp: NOW }), 'jwt-expiredsignatureerror', /controleer de klok van de client/],
  [7, 'an exp of a minute ago', claims({ exp: NOW - 60 }), 'jwt-expiredsignatureerror', /exp is 60 seconden voorbij/],
  [7, 'an exp of then, as text', claims({ exp: String(NOW - 60) }), 'jwt-expiredsignatureerror'],
  [7, 'an exp of then, and an iat that is none', claims({ exp: 1, iat: 'x' }), 'jwt-expiredsignatureerror'],
  [8, 'an nbf ahead', claims({ nbf: NOW + 90 }), 'jwt-immaturesignatureerror', /nbf ligt 90 seconden in de toekomst/],
  [9, 'an exp that is a word', claims({ exp: 'soon' }), 'jwt-decodeerror', /exp moet een geheel getal zijn/],
  [9, 'an exp of null', claims({ exp: null }), 'jwt-decodeerror'],
  [9, 'an exp that is a list', claims({ exp: [NOW + 60] }), 'jwt-decodeerror'],
  [9, 'an exp that is an object', claims({ exp: {} }), 'jwt-decodeerror'],
  [9, 'an exp as text with a fraction', claims({ exp: `${NOW + 60}.5` }), 'jwt-decodeerror'],
  [9, 'an nbf that is a word', claims({ nbf: 'now' }), 'jwt-decodeerror', /nbf moet een geheel getal zijn/],
  [9, 'an nbf that is a list', claims({ nbf: [1] }), 'jwt-decodeerror'],
  [11, 'a sub that is a number', claims({ sub: 1 }), 'jwt-invalidsubjecterror', /sub moet tekst zijn/],
  [11, 'a sub of null', claims({ sub: null }), 'jwt-invalidsubjecterror'],
  [11, 'a jti that is a number', claims({ jti: 1 }), 'jwt-invalidjtierror', /jti moet tekst zijn/],
  [12, 'an iat that is a word', claims({ iat: 'now' }), 'permission_denied', /De iat claim moet een geheel getal zijn/],
  [12, 'an iat that is a list', claims({ iat: [NOW] }), 'permission_denied'],
  [12, 'an iat that is an object', claims({ iat: {} }), 'permission_denied'],
  [12, 'an empty iat', claims({ iat: '' }), 'permission_denied'],
  [12, 'an iat beyond numbers', signed(new Raw('{"client_id":"openzaak","iat":1e400}')), 'permission_denied'],
  [13, 'an iat of an hour ago', claims({ iat: NOW - 3_600 }), 'jwt-expired', /iat is 3600 seconden oud/],
  [
    13,
    'an iat of then, as text',
    claims({ iat: String(NOW - 4_000) }),
    'jwt-expired',
    /4000 seconden oud, 3600 seconden is/,
  ],
  [13, 'an iat of then, and an exp ahead', claims({ iat: NOW - 4_000, exp: NOW + 4_000 }), 'jwt-expired'],
  [13, 'an iat of 1970', claims({ iat: 0 }), 'jwt-expired'],
  // Ours: Open Notificaties takes any iat that is ahead.
  [
    14,
    'an iat 301 s ahead',
    claims({ iat: NOW + 301 }),
    'jwt-immaturesignatureerror',
    /iat ligt 301 seconden in de toekomst/,
  ],
  [14, 'an iat in milliseconds', claims({ iat: NOW * 1_000 }), 'jwt-immaturesignatureerror'],
  [14, 'an iat of 2100', claims({ iat: Date.UTC(2100, 0) / 1_000 }), 'jwt-immaturesignatureerror'],
]

const accepted: [what: string, token: string][] = [
  ['only client_id and iat', good],
  ['of Maykin, valid for 12 hours', claims({ exp: NOW + 43_200 })],
  ['of GZAC, with roles and an empty user', claims({ roles: ['x'], user_id: '', user_representation: '' })],
  ['of VNG, 257 s ahead', claims({ iat: NOW + 257 })],
  ['of PodiumD, with client_identifier in the header', signed(CLAIMS, { alg: 'HS256', client_identifier: 'x' })],
  ['300 s ahead', claims({ iat: NOW + 300 })],
  ['of 3599 s ago', claims({ iat: NOW - 3_599 })],
  ['with an iat as text', claims({ iat: ` ${NOW} ` })],
  ['with an iat with a fraction', claims({ iat: NOW + 0.5 })],
  ['with an exp as text', claims({ exp: String(NOW + 60) })],
  ['with an exp with a fraction', claims({ exp: NOW + 60.5 })],
  ['with an nbf of now', claims({ nbf: NOW })],
  ['with a sub and a jti', claims({ sub: 'a', jti: 'b' })],
  ['with another iss', claims({ iss: 'somebody' })],
  // Ours: Open Notificaties refuses any audience.
  ['with an audience', claims({ aud: 'nrc' })],
  ['with audiences', claims({ aud: ['nrc', 1] })],
  ['with a typ that is none', signed(CLAIMS, { alg: 'HS256', typ: 7, kid: 8 })],
]

async function appAt(t: Parameters<typeof startTestApp>[0], seconds = NOW): Promise<TestApp> {
  const all = ['notificaties.consumeren', 'notificaties.publiceren']
  const app = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), {
    clients: { openzaak: all, rotating: all, static: all },
    staticSecrets: { static: 'a-static-secret-of-this-test-alone' },
    previousSecrets: { rotating: { secret: 'the-secret-before', expiresAt: (seconds + 60) * 1_000 } },
  })
  app.clock.advance(seconds * 1_000 - app.clock.now())
  return app
}

void t.test('no wrong credential gets in, and each has the code of Open Notificaties', async (t) => {
  const { app, used } = await appAt(t)
  const ask = (headers: Record<string, string>) => app.inject({ url: '/api/v1/kanaal', headers })
  for (const [row, what, presented, code, detail = /./] of refused) {
    const response = await ask({ authorization: row === 0 ? presented : `Bearer ${presented}` })
    t.equal(response.statusCode, 403, `${row}: ${what}`)
    t.match(response.json(), { code, detail, title: TITLE, type: /\/PermissionDenied\/$/ }, `${row}: ${what}`)
    t.notOk('www-authenticate' in response.headers)
  }
  t.match((await ask({})).json(), { status: 403, code: 'permission_denied' }, '0: no header')
  t.strictSame(used, [], 'none of them is a use of a secret')
})

void t.test('good tokens of every shape that clients send get in', async (t) => {
  const { app, used } = await appAt(t)
  for (const [what, token] of accepted) {
    const response = await app.inject({ url: '/api/v1/kanaal', headers: { authorization: `Bearer ${token}` } })
    t.equal(response.statusCode, 200, `a token ${what}`)
  }
  t.equal(used.length, accepted.length)
})

void t.test('a token costs two signatures, whoever it names and whatever is wrong with it', async (t) => {
  const { app } = await appAt(t)
  let verified = 0
  const verify = app.jwt.verify.bind(app.jwt) as (...args: unknown[]) => unknown
  app.jwt.verify = ((...args: unknown[]) => {
    verified += 1
    return verify(...args)
  }) as typeof app.jwt.verify
  const tokens: [what: string, token: string, status: number][] = [
    ['of a client with one secret', good, 200],
    ['of a client with two', claims({ client_id: 'rotating' }), 200],
    [
      'signed with the previous one',
      signed({ ...CLAIMS, client_id: 'rotating' }, undefined, undefined, 'the-secret-before'),
      200,
    ],
    ['with a wrong signature', signed(CLAIMS, undefined, undefined, 'wrong'), 403],
    ['of a client that is not there', claims({ client_id: 'nobody' }), 403],
    ['of a client that does not sign', claims({ client_id: 'static' }), 403],
    ['of a client_id that is a number', claims({ client_id: 1 }), 403],
    ['without a client_id', without('client_id'), 403],
    ['that is old', claims({ iat: 0 }), 403],
  ]
  for (const [what, token, status] of tokens) {
    verified = 0
    const response = await app.inject({ url: '/api/v1/kanaal', headers: { authorization: `Bearer ${token}` } })
    t.strictSame([response.statusCode, verified], [status, 2], `a token ${what}`)
  }
})

/** Name, age of the token in seconds, leeway in seconds, status. */
const ages: [name: string, age: number, leeway: number, status: number][] = [
  ['JWTIat.test_iat_ok: a token of 5 s ago is good', 5, 0, 200],
  ['JWTIat.test_iat_in_future_ok: a token of 5 s ahead is good', -5, 0, 200],
  ['JWTIat.test_iat_in_future_with_leeway: 4 s ahead, with a leeway of 5 s', -4, 5, 200],
  ['JWTIat.test_iat_in_future_with_leeway_ok: 11 s ahead, with a leeway of 5 s', -11, 5, 200],
  ['JWTIat.test_exp_ok: a token of 3595 s ago is good', 3_595, 0, 200],
  ['JWTIat.test_exp_in_future_fails: a token of 3601 s ago is not', 3_601, 0, 403],
  ['JWTIat.test_exp_in_future_with_leeway: 3601 s ago, with a leeway of 5 s', 3_601, 5, 200],
  ['JWTIat.test_exp_in_future_with_leeway_fails: exactly the hour and the leeway is too old', 3_605, 5, 403],
]
for (const [name, age, leeway, status] of ages) {
  void t.test(name, async (t) => {
    const tokens = { maxAgeMs: 3_600_000, leewayMs: leeway * 1_000, maxFutureIatMs: 300_000 }
    const { app, clock } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { settings: { tokens } })
    clock.advance(NOW * 1_000 - clock.now())
    const authorization = `Bearer ${makeToken({ now: clock.now() - age * 1_000 })}`
    const response = await app.inject({ url: '/api/v1/abonnement', headers: { authorization } })
    t.equal(response.statusCode, status)
  })
}
