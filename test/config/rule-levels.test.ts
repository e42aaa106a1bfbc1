import t from 'tap'
import { resolveSecrets } from '../../src/config/resolve.ts'
import { HEADER, readText, stateOf } from '../support/configuration.ts'

const ABONNEMENT =
  'abonnementen: { a: { callbackUrl: https://a/, auth: { type: no_auth }, kanalen: [{ naam: zaken }] } }\n'

const levels: [string, string[]][] = [
  ['off', []],
  ['warn', ['warning abonnement/unknown-kanaal']],
  ['error', ['error abonnement/unknown-kanaal']],
]
for (const [level, expected] of levels) {
  void t.test(`a rule can be ${level}`, async (t) => {
    const text = `${HEADER}${ABONNEMENT}settings: { rules: { abonnement/unknown-kanaal: ${level} } }\n`
    const { diagnostics, states } = await readText(text)
    t.strictSame(
      diagnostics.map(({ id, severity }) => `${severity} ${id}`),
      expected,
    )
    t.equal(states.length, level === 'error' ? 0 : 1)
  })
}

void t.test('the weight of a finding about secrets can be changed too', async (t) => {
  const document = (level: string): string =>
    `clientCredentials: { a: { secret: { env: A }, authorizedBy: configuration, scopes: [notificaties.consumeren] } }\nsettings: { rules: { secret/weak: ${level} } }\n`
  for (const [level, expected] of [
    ['off', []],
    ['error', ['error']],
  ] as const) {
    const world = { environment: { A: 'short' }, cwd: '/', now: 0 }
    const { diagnostics, secrets } = await resolveSecrets([await stateOf(document(level))], world)
    t.strictSame(
      diagnostics.map(({ severity }) => severity),
      expected,
    )
    t.equal(secrets.size, 1)
  }
})

void t.test('an error that keeps something safe cannot be lowered, and a typing error is seen', async (t) => {
  const rules = '{ secret/insecure-literal: off, schema/type: warn, secrets/weak: off }'
  const { diagnostics } = await readText(`${HEADER}settings: { rules: ${rules} }\n`)
  t.strictSame(
    diagnostics.map(({ message, label, help }) => [message, label, help?.[1]]),
    [
      ['unknown key "secret/insecure-literal"', undefined, 'every other error stays one'],
      ['unknown key "schema/type"', undefined, 'every other error stays one'],
      ['unknown key "secrets/weak"', 'did you mean "secret/weak"?', 'every other error stays one'],
    ],
  )
})
