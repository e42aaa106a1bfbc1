import t from 'tap'
import { resolveSecrets } from '../../src/config/resolve.ts'
import { assertNoLeak, canary } from '../support/canary.ts'
import { stateOf } from '../support/configuration.ts'

const DOCUMENT = `clientCredentials:
  a: { secret: { env: A }, previousSecret: { env: A_OLD, expiresAt: 2026-12-01T00:00:00Z } }
  b: { secret: { file: b.secret } }
abonnementen:
  c: { callbackUrl: https://c/, auth: { type: api_key, value: { env: C } }, kanalen: [] }
  d: { callbackUrl: https://d/, auth: { type: zgw, clientId: d, secret: { env: D } }, kanalen: [] }
`

void t.test('every secret that cannot be found is reported, with its address and place', async (t) => {
  const { secrets, diagnostics } = await resolveSecrets([await stateOf(DOCUMENT)], {
    environment: { A: canary('a') },
    now: 0,
    cwd: t.testdir({}),
  })
  t.equal(secrets.size, 1)
  t.strictSame(
    diagnostics.map(({ id, severity, path, position }) => `${severity} ${id} ${path} ${position?.line}`),
    [
      'error secret/unresolved clientCredentials.a.previousSecret 5',
      'error secret/unresolved clientCredentials.b.secret 6',
      'error secret/unresolved abonnementen.c.auth.value 8',
      'error secret/unresolved abonnementen.d.auth.secret 9',
    ],
  )
})

void t.test('a value that two configurations share is a warning too, and weighs as the second says', async (t) => {
  const environment = { A: canary('a') }
  const document = 'clientCredentials: { a: { secret: { env: A } } }\n'
  const first = await stateOf(document)
  const second = { ...(await stateOf(`${document}settings: { rules: { secret/reused: error } }`)), owner: 'other' }
  const { diagnostics, secrets } = await resolveSecrets([first, second], { environment, cwd: '/', now: 0 })
  t.equal(secrets.size, 2)
  t.match(diagnostics, [
    { id: 'secret/reused', severity: 'error', message: 'clientCredentials.a.secret of test has the same value' },
  ])
  t.match((await resolveSecrets([second, first], { environment, cwd: '/', now: 0 })).diagnostics, [
    { severity: 'warning' },
  ])
})

void t.test('weak and shared secrets are warnings that show neither value nor length', async (t) => {
  const cwd = t.testdir({ 'b.secret': `${canary('a')}\n` })
  const environment = { A: canary('a'), A_OLD: 'c4n4ry', C: 'short', D: 'also short' }
  const { secrets, diagnostics } = await resolveSecrets([await stateOf(DOCUMENT)], { environment, cwd, now: 0 })
  t.equal(secrets.size, 5)
  t.strictSame(
    diagnostics.map(({ id, path }) => `${id} ${path}`),
    [
      'secret/weak clientCredentials.a.previousSecret',
      'secret/trailing-newline clientCredentials.b.secret',
      'secret/reused clientCredentials.b.secret',
      'secret/weak abonnementen.d.auth.secret',
    ],
    'an API key is only compared, so it may be short',
  )
  t.match(diagnostics[2]?.message, /^clientCredentials\.a\.secret has the same value$/)
  assertNoLeak(t, JSON.stringify([diagnostics, [...secrets.values()]]), 'diagnostics and secrets as data')
})
