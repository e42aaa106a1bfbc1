import { createHmac } from 'node:crypto'
import t from 'tap'
import { Secret } from '../../src/common/secret.ts'
import { zgwToken } from '../../src/egress/zgw-token.ts'

const claims = {
  clientId: 'bode',
  secret: new Secret('letmein'),
  userId: '12',
  userRepresentation: 'Bode é',
  now: 1_700_000_000_999,
}

void t.test('a token has the claims of the standard and an HS256 signature', async (t) => {
  const [header = '', payload = '', signature] = zgwToken(claims).split('.')
  t.strictSame(decode(header), { alg: 'HS256', typ: 'JWT' })
  t.strictSame(decode(payload), {
    iss: 'bode',
    iat: 1_700_000_000,
    exp: 1_700_003_600,
    client_id: 'bode',
    user_id: '12',
    user_representation: 'Bode é',
  })
  t.equal(signature, createHmac('sha256', 'letmein').update(`${header}.${payload}`).digest('base64url'))
})

void t.test('its validity can be set', async (t) => {
  const [, payload = ''] = zgwToken({ ...claims, validForSeconds: 60 }).split('.')
  t.match(decode(payload), { exp: 1_700_000_060 })
})

function decode(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}
