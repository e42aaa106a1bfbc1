import t from 'tap'
import { judgeToken, type PresentedToken } from '../../src/autorisaties/token.ts'
import { DEFAULT_SETTINGS } from '../../src/common/model.ts'

const now = Date.UTC(2026, 10, 23, 9)
const seconds = now / 1_000
const { tokens } = DEFAULT_SETTINGS

const judge = (parts: Partial<PresentedToken> & { claims?: Record<string, unknown> } = {}, leewayMs = 0) =>
  judgeToken(
    {
      header: { alg: 'HS256' },
      known: true,
      signed: true,
      ...parts,
      payload: parts.payload ?? { client_id: 'zac', iat: seconds, ...parts.claims },
    },
    { now, tokens: { ...tokens, leewayMs } },
  )?.code

const cases: [what: string, parts: Parameters<typeof judge>[0], code: string | undefined][] = [
  ['a fresh token', {}, undefined],
  ['no client_id', { payload: { iat: seconds } }, 'missing-client-identifier'],
  ['an unknown client', { known: false }, 'invalid-client-identifier'],
  ['an unknown client with a wrong algorithm', { known: false, header: { alg: 'none' } }, 'invalid-client-identifier'],
  ['HS384', { header: { alg: 'HS384' } }, 'jwt-invalidalgorithmerror'],
  ['none', { header: { alg: 'none' }, signed: false }, 'jwt-invalidalgorithmerror'],
  ['no algorithm', { header: {} }, 'jwt-invalidalgorithmerror'],
  ['a wrong signature', { signed: false }, 'invalid-jwt-signature'],
  ['no iat', { payload: { client_id: 'zac' } }, 'jwt-missing-iat-claim'],
  ['a null iat', { claims: { iat: null } }, 'jwt-missing-iat-claim'],
  ['an iat that is a word', { claims: { iat: 'now' } }, 'permission_denied'],
  ['an iat that is a list', { claims: { iat: [] } }, 'permission_denied'],
  ['an iat that is infinite', { claims: { iat: Number.POSITIVE_INFINITY } }, 'permission_denied'],
  ['an iat as text', { claims: { iat: String(seconds) } }, undefined],
  ['an iat with a fraction', { claims: { iat: seconds + 0.5 } }, undefined],
  ['an iat of 3599 s ago', { claims: { iat: seconds - 3_599 } }, undefined],
  ['an iat of 3600 s ago', { claims: { iat: seconds - 3_600 } }, 'jwt-expired'],
  ['an iat 257 s ahead (the VNG test clients)', { claims: { iat: seconds + 257 } }, undefined],
  ['an iat 300 s ahead', { claims: { iat: seconds + 300 } }, undefined],
  ['an iat 301 s ahead', { claims: { iat: seconds + 301 } }, 'jwt-immaturesignatureerror'],
  ['an iat in milliseconds', { claims: { iat: now } }, 'jwt-immaturesignatureerror'],
  ['an exp ahead', { claims: { exp: seconds + 1 } }, undefined],
  ['an exp that is now', { claims: { exp: seconds } }, 'jwt-expiredsignatureerror'],
  ['an exp that is a word', { claims: { exp: 'soon' } }, 'jwt-decodeerror'],
  ['an exp that is null', { claims: { exp: null } }, 'jwt-decodeerror'],
  [
    'an exp far ahead does not save an old iat',
    { claims: { exp: seconds + 9_999, iat: seconds - 4_000 } },
    'jwt-expired',
  ],
  ['an nbf that is now', { claims: { nbf: seconds } }, undefined],
  ['an nbf ahead', { claims: { nbf: seconds + 1 } }, 'jwt-immaturesignatureerror'],
  ['an nbf that is a list', { claims: { nbf: [1] } }, 'jwt-decodeerror'],
  ['any aud', { claims: { aud: 'other' } }, undefined],
  ['a sub that is a number', { claims: { sub: 1 } }, 'jwt-invalidsubjecterror'],
  ['a jti that is a number', { claims: { jti: 1 } }, 'jwt-invalidjtierror'],
  ['a sub and jti of text', { claims: { sub: 'a', jti: 'b' } }, undefined],
  ['another iss and roles', { claims: { iss: 'other', roles: [] } }, undefined],
]

void t.test('a token gets the code that Open Notificaties gives it', async (t) => {
  for (const [what, parts, code] of cases) t.equal(judge(parts), code, what)
})

void t.test('leeway counts for iat, exp and nbf', async (t) => {
  t.equal(judge({ claims: { iat: seconds - 3_604 } }, 5_000), undefined)
  t.equal(judge({ claims: { iat: seconds - 3_605 } }, 5_000), 'jwt-expired')
  t.equal(judge({ claims: { exp: seconds - 4 } }, 5_000), undefined)
  t.equal(judge({ claims: { nbf: seconds + 5 } }, 5_000), undefined)
  t.equal(judge({ claims: { iat: seconds + 305 } }, 5_000), undefined)
})

void t.test('the detail tells how far the clock is off', async (t) => {
  const detailOf = (claims: Record<string, unknown>): string | undefined =>
    judgeToken(
      { header: { alg: 'HS256' }, payload: { client_id: 'zac', iat: seconds, ...claims }, known: true, signed: true },
      { now, tokens },
    )?.detail
  t.match(detailOf({ iat: seconds + 900 }), /900 seconden in de toekomst/)
  t.match(detailOf({ iat: seconds - 4_000 }), /4000 seconden oud, 3600 seconden is toegestaan/)
  t.match(detailOf({ exp: seconds - 60 }), /60 seconden voorbij/)
})
