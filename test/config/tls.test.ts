import t from 'tap'
import { Secret } from '../../src/common/secret.ts'
import type { DesiredObject, RenderObject } from '../../src/config/desired-state.ts'
import { renderConfiguration } from '../../src/config/render.ts'
import { resolveSecrets } from '../../src/config/resolve.ts'
import { makeCertificate } from '../support/certificate.ts'
import { essence, HEADER, outline, readText, stateOf } from '../support/configuration.ts'
import { authority, certified } from '../support/tls-receiver.ts'

const ca = authority('authority')
const [one, other] = [certified('one', ca), certified('other', ca)]
const expired = makeCertificate({ validFrom: new Date('2020-01-01'), validTo: new Date('2021-06-05') })
const environment: Record<string, string> = {
  KEY_OF_ZAC: 'a key of more than thirty-two bytes, so no warning',
  CA: `# comment\n${ca.cert}\n${other.cert}`,
  CRT: one.cert,
  KEY: one.key,
  OTHER_KEY: other.key,
  EXPIRED: expired.cert,
  EXPIRED_KEY: expired.key,
  ENCRYPTED: '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIC\n-----END ENCRYPTED PRIVATE KEY-----\n',
  NONSENSE: 'c4n4ry',
  DAMAGED: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
}

function document(tls: string, scheme = 'https'): string {
  return `kanalen: { zaken: {} }
egress: { ca: { env: CA } }
abonnementen:
  zac:
    callbackUrl: ${scheme}://zac.local/
    auth: { type: api_key, value: { env: KEY_OF_ZAC } }
    kanalen: [{ naam: zaken }]
    tls: ${tls}
`
}

const FULL = '{ ca: { env: CA }, certificate: { env: CRT }, key: { env: KEY } }'

void t.test('certificates are references in every place, and the spec says only which there are', async (t) => {
  const credential = `externalCredentials:
  ac: { apiRoot: https://ac.local/, clientId: bode, secret: { env: KEY_OF_ZAC }, tls: { ca: { file: /etc/ca.pem } } }
`
  const { objects } = await stateOf(credential + document(FULL))
  const told = objects.map(({ key, spec, secrets }) => [
    key,
    (spec as { tls?: unknown }).tls ?? (spec as { ca?: unknown }).ca,
    secrets.map(({ field, reference }) => `${field} ${Object.values(reference).join('')}`),
  ])
  t.strictSame(told, [
    ['ac', ['ca'], ['secret KEY_OF_ZAC', 'tls.ca /etc/ca.pem']],
    ['zaken', undefined, []],
    ['zac', ['ca', 'certificate', 'key'], ['auth.value KEY_OF_ZAC', 'tls.ca CA', 'tls.certificate CRT', 'tls.key KEY']],
    ['egress', true, ['ca CA']],
  ])
})

void t.test('what is exported asks for the same, a reference with a dollar in it too', async (t) => {
  const state = await stateOf(document(`{ ca: { file: '/etc/$ca/$$.pem' } }`))
  const again = await readText(renderConfiguration(state.objects as RenderObject[], 'test'))
  const bare = (objects: DesiredObject[]): unknown => essence({ ...state, objects, moved: [] })
  t.strictSame(bare(again.states[0]?.objects ?? []), bare(state.objects))
})

const RULES: [string, string, string, string[]][] = [
  ['all of it', FULL, 'https', []],
  ['nothing', '{}', 'https', []],
  ['a certificate without its key', '{ certificate: { env: CRT } }', 'https', ['tls/incomplete 11:12']],
  ['a key without its certificate', '{ key: { env: KEY } }', 'https', ['tls/incomplete 11:12']],
  ['plain http', '{ ca: { env: CA } }', 'http', ['tls/not-https 11:5']],
  ['PEM where a reference belongs', '{ ca: "-----BEGIN CERTIFICATE-----" }', 'https', ['secret/literal 11:16']],
  ['an unknown part', '{ cert: { env: CRT } }', 'https', ['schema/unknown-key 11:12']],
  ['a literal outside development', '{ ca: { insecureLiteral: x } }', 'https', ['secret/insecure-literal 11:18']],
]
for (const [name, tls, scheme, expected] of RULES) {
  void t.test(`a document with tls of ${name}`, async (t) => {
    t.strictSame(outline(await readText(HEADER + document(tls, scheme))), expected)
  })
}

const FINDINGS: [string, string, string[]][] = [
  ['all of it', FULL, []],
  ['a text that is no PEM', '{ ca: { env: NONSENSE } }', ['error tls/not-pem abonnementen.zac.tls.ca']],
  ['a damaged certificate', '{ ca: { env: DAMAGED } }', ['error tls/not-pem abonnementen.zac.tls.ca']],
  [
    'a key that is none',
    '{ certificate: { env: CRT }, key: { env: NONSENSE } }',
    ['error tls/not-pem abonnementen.zac.tls.key'],
  ],
  [
    'a key with a passphrase',
    '{ certificate: { env: CRT }, key: { env: ENCRYPTED } }',
    ['error tls/encrypted abonnementen.zac.tls.key'],
  ],
  [
    'the key of another certificate',
    '{ certificate: { env: CRT }, key: { env: OTHER_KEY } }',
    ['error tls/key-mismatch abonnementen.zac.tls.key'],
  ],
  [
    'a certificate that has ended',
    '{ certificate: { env: EXPIRED }, key: { env: EXPIRED_KEY } }',
    ['warning tls/expired abonnementen.zac.tls.certificate'],
  ],
  ['a file that is not there', '{ ca: { env: NOT_SET } }', ['error secret/unresolved abonnementen.zac.tls.ca']],
]
for (const [name, tls, expected] of FINDINGS) {
  void t.test(`what is found when the references are looked up: ${name}`, async (t) => {
    const world = { environment, cwd: '/', now: Date.UTC(2026, 0, 1) }
    const { diagnostics } = await resolveSecrets([await stateOf(document(tls))], world)
    t.strictSame(
      diagnostics.map(({ severity, id, path }) => `${severity} ${id} ${path}`),
      expected,
    )
    t.notMatch(JSON.stringify(diagnostics), /c4n4ry|MIIC/, 'nothing of it is repeated')
  })
}

void t.test(
  'one certificate for several abonnementen, from files with a newline at their end, is no finding',
  async (t) => {
    const two =
      document(FULL) +
      document(FULL)
        .replace(/^[\s\S]*abonnementen:\n/, '')
        .replace('zac:', 'zgw:')
        .replace('KEY_OF_ZAC', 'KEY_OF_ZGW')
    const cwd = t.testdir({ 'tls.crt': one.cert, 'tls.key': one.key, 'ca.crt': ca.cert })
    const files = two
      .replaceAll('{ env: CRT }', '{ file: tls.crt }')
      .replaceAll('{ env: KEY }', '{ file: tls.key }')
      .replaceAll('{ env: CA }', '{ file: ca.crt }')
    const world = {
      environment: { ...environment, KEY_OF_ZGW: 'another key of more than thirty-two bytes' },
      cwd,
      now: 0,
    }
    const { diagnostics, secrets } = await resolveSecrets([await stateOf(files)], world)
    t.strictSame(diagnostics, [])
    t.ok([...secrets.values()].every((secret) => secret instanceof Secret))
  },
)
