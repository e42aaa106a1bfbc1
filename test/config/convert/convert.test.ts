import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../../src/common/package-root.ts'
import { convertFile, type Conversion } from '../../../src/config/convert/convert.ts'
import { neededSecrets } from '../../../src/config/convert/converted.ts'
import { byVariable, writeDocument } from '../../../src/config/convert/write-document.ts'
import { sourceOf } from '../../../src/config/source.ts'
import { renderDiagnostics } from '../../../src/cli/views/diagnostics.ts'
import { styleFor } from '../../../src/cli/views/style.ts'
import { assertNoLeak } from '../../support/canary.ts'
import { readText } from '../../support/configuration.ts'

const FIXTURES = join(packageRoot, 'test/fixtures/open-notificaties')
const NOW = Date.parse('2026-11-24T12:00:00Z')

type Converted = Conversion & { yaml: string; ids: string[]; shown: string }

async function converted(text: string, environment: Record<string, string> = {}): Promise<Converted> {
  const conversion = await convertFile(sourceOf('data.yaml', text), { name: 'gemeente', environment, now: NOW })
  const yaml = conversion.document === undefined ? '' : writeDocument(conversion.document, 'gemeente', byVariable)
  const ids = conversion.diagnostics.map(({ id, position }) => (position ? `${id} ${position.line}` : id))
  return { ...conversion, yaml, ids, shown: renderDiagnostics(conversion.diagnostics, styleFor(false)) }
}

/** A file with one step in it. */
function step(enable: string, namespace: string, lines: string): string {
  return `${enable}: true\n${namespace}:\n${lines.replaceAll(/^/gm, '  ')}\n`
}
const abonnementen = (items: string): string =>
  step('notifications_abonnementen_config_enable', 'notifications_abonnementen_config', `items:\n${items}`)
const UUID = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'

void t.test(
  'every step of setup_configuration becomes the document and the warnings of the golden files',
  async (t) => {
    const { yaml, shown, document } = await converted(readFileSync(join(FIXTURES, 'data.yaml'), 'utf8'))
    t.equal(yaml, readFileSync(join(FIXTURES, 'bode.yaml'), 'utf8'))
    t.equal(shown, readFileSync(join(FIXTURES, 'warnings.txt'), 'utf8'))
    t.match(await readText(yaml), { diagnostics: [], states: [{ owner: 'gemeente' }] })
    t.strictSame(
      neededSecrets(document?.objects ?? []).map(({ name, value }) => [name, value?.reveal().slice(0, 22)]),
      [
        ['AUTORISATIES_API_SECRET', 'c4n4ry-autorisaties-xx'],
        ['OPEN_ZAAK_SECRET', 'c4n4ry-open-zaak-later'],
        ['ZAC_CLIENT_SECRET', undefined],
        ['ZAC_VALUE', 'c4n4ry-zac-callback'],
        ['PORTAAL_ZAKEN_SECRET', 'c4n4ry-portaal-xxxxxxx'],
        ['OUD_ZAKEN_VALUE', `Basic ${Buffer.from('c4n4ry:c4n4ry').toString('base64')}`.slice(0, 22)],
      ],
    )
    assertNoLeak(t, yaml + shown, 'document and warnings')
    assertNoLeak(t, JSON.stringify(document), 'the conversion as JSON')
  },
)

void t.test('what was merged into AND is converted as it was, and the last value of a filter is kept', async (t) => {
  const { yaml, ids, shown } = await converted(
    abonnementen(`- uuid: ${UUID}
  callback_url: https://zac.nl/in
  auth: Token x
  kanalen:
    - { naam: zaken, filters: { zaaktype: a, bron: '1' } }
    - { naam: zaken, filters: { zaaktype: b } }
    - { naam: zaken }`),
  )
  t.match(yaml, /kanalen:\n {6}- naam: zaken\n {8}filters:\n {10}zaaktype: b\n {10}bron: "1"\n {4}owner|bron: "1"\n/)
  t.strictSame(
    ids.filter((id) => id.includes('merged')),
    ['convert/merged-filters 9', 'convert/merged-filters 10'],
  )
  t.match(shown, /of "zaaktype" only the last value was left/)
})

const RETRY = (lines: string): string => step('notifications_config_enable', 'notifications_config', lines)

void t.test('the retry schedule is written where it is not the default', async (t) => {
  const cases: [name: string, text: string, yaml: RegExp, ids: string[]][] = [
    ['nothing', 'kanalen: 1\n', /# the retry schedule is not told/, ['convert/retry-unknown']],
    [
      'the documented values',
      RETRY('notification_delivery_max_retries: 7\nnotification_delivery_retry_backoff: 25'),
      /^(?![^]*delivery:)/,
      [],
    ],
    [
      'its own',
      RETRY('notification_delivery_max_retries: 5\nnotification_delivery_retry_backoff: 3'),
      /delivery:\n {2}retry:\n {4}maxRetries: 5\n {4}backoff: 3s\n/,
      [],
    ],
    [
      'zero',
      RETRY('notification_delivery_max_retries: 0'),
      /# notification_delivery_max_retries: 0 was ignored/,
      ['convert/ignored-zero 3'],
    ],
    [
      'from a variable',
      RETRY('notification_delivery_base_factor: { value_from: { env: FACTOR } }'),
      /baseFactor: \$\{FACTOR\}/,
      [],
    ],
    ['out of range', RETRY('notification_delivery_max_retries: 500'), /^(?![^]*delivery:)/, ['convert/left-out 3']],
  ]
  for (const [name, text, yaml, ids] of cases) {
    const result = await converted(text)
    t.match(result.yaml, yaml, name)
    t.strictSame(
      result.ids.filter((id) => !/no-autorisaties|unknown-step/.test(id)),
      ids,
      name,
    )
  }
})

void t.test('how a callback is authenticated to, as Open Notificaties did it', async (t) => {
  const token = (exp: number): string =>
    `Bearer e30.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.c4n4ry`
  const cases: [name: string, lines: string, yaml: RegExp, ids: string[]][] = [
    ['empty', `auth: ''`, /auth:\n {6}type: no_auth/, ['convert/empty-auth 4']],
    ['none', 'auth_type: no_auth\n  auth: c4n4ry', /type: no_auth\n {4}kanalen/, ['convert/literal-secret 7']],
    [
      'a token that has ended',
      `auth: ${token(NOW / 1000 - 10)}`,
      /# .*has ended on 2026-11-24.*\n {2}zac/,
      ['convert/static-token 4', 'convert/literal-secret 6'],
    ],
    [
      'a token that will',
      `auth: ${token(NOW / 1000 + 86_400)}`,
      /ends on 2026-11-25/,
      ['convert/static-token 4', 'convert/literal-secret 6'],
    ],
    [
      'oauth2',
      'auth_type: oauth2_client_credentials\n  auth_client_id: me\n  secret: { value_from: { env: S } }\n  oauth2_token_url: https://idp.nl/t\n  oauth2_scope: a b',
      /type: oauth2_client_credentials\n {6}clientId: me\n {6}secret:\n {8}env: S\n {6}tokenUrl: https:\/\/idp.nl\/t\n {6}scope: a b\n/,
      [],
    ],
    ['something unknown', 'auth_type: saml', /type: no_auth/, ['convert/auth-unsupported 4']],
    ['a secret with a default', 'auth: { value_from: { env: MINE, default: c4n4ry } }', /value:\n {8}env: MINE\n/, []],
  ]
  for (const [name, lines, yaml, ids] of cases) {
    const result = await converted(
      abonnementen(`- uuid: ${UUID}\n  callback_url: https://zac.nl/in\n  ${lines}\n  kanalen: [{ naam: zaken }]`),
    )
    t.match(result.yaml, yaml, name)
    t.strictSame(
      result.ids.filter((id) => !/no-autorisaties|retry-unknown/.test(id)),
      ids,
      name,
    )
    assertNoLeak(t, result.yaml + result.shown, name)
    t.strictSame(
      (await readText(result.yaml)).diagnostics.filter(({ severity }) => severity === 'error'),
      [],
      name,
    )
  }
})

void t.test("only Open Notificaties' own abonnement on kanaal autorisaties goes", async (t) => {
  const own = (url: string, kanaal = 'autorisaties'): string =>
    abonnementen(`- { uuid: ${UUID}, callback_url: '${url}', auth_type: no_auth, kanalen: [{ naam: ${kanaal} }] }`)
  const site = step('sites_config_enable', 'sites_config', 'items: [{ domain: nrc.nl, name: x }]')
  const old = step('site_config_enable', 'site_config', 'domain: nrc.nl\norganization: x')
  const listed = step(
    'notifications_subscriptions_config_enable',
    'notifications_subscriptions_config',
    `items: [{ identifier: a, uuid: ${UUID}, callback_url: x, client_id: a, secret: b, channels: [autorisaties] }]`,
  )
  const cases: [name: string, text: string, id: string | undefined][] = [
    ['by its host', own('https://nrc.nl/api/v1/callbacks') + site, 'own-abonnement'],
    ['by its host, as 1.8 spelled it', own('https://nrc.nl/api/v1/callbacks') + old, 'own-abonnement'],
    ['by its uuid', own('https://elsewhere.nl/hook') + listed, 'own-abonnement'],
    ['by its looks', own('https://zrc.nl/api/v1/callbacks'), 'maybe-own-abonnement'],
    ['another path', own('https://nrc.nl/hook') + site, undefined],
    ['another kanaal', own('https://nrc.nl/api/v1/callbacks', 'zaken') + site, undefined],
  ]
  for (const [name, text, id] of cases) {
    const { ids, yaml } = await converted(text)
    t.equal(ids.find((each) => each.includes('own-abonnement'))?.replace(/^convert\/([a-z-]+) .*/, '$1'), id, name)
    t.equal(yaml.includes('abonnementen:'), id !== 'own-abonnement', name)
  }
})

void t.test('a step that is not enabled did nothing; a misspelt flag is found', async (t) => {
  const text = 'notifications_kanalen_config_enabled: true\nnotifications_kanalen_config:\n  items: [{ naam: zaken }]\n'
  const { ids, shown, yaml } = await converted(text)
  t.match(ids, ['convert/unknown-step 1', 'convert/step-disabled 2'])
  t.match(shown, /did you mean "notifications_kanalen_config_enable"\?/)
  t.notMatch(yaml, /zaken/)
  for (const [value, on] of [
    ['"yes"', true],
    ['1', true],
    ['no', false],
    ['0', false],
  ] as const) {
    const { yaml } = await converted(text.replace('enabled: true', `enable: ${value}`))
    t.equal(yaml.includes('zaken'), on, value)
  }
})

void t.test('variables of the source stay variables; a key is filled in', async (t) => {
  const text = step(
    'notifications_kanalen_config_enable',
    'notifications_kanalen_config',
    `items:
  - naam: { value_from: { env: NAAM } }
    documentatie_link: { value_from: { env: LINK, default: 'https://x.nl' } }
    filters: [{ value_from: { env: F, required: false } }, 'a$$b']`,
  )
  const { yaml } = await converted(text, { NAAM: 'zaken', F: 'x' })
  t.match(
    yaml,
    /zaken:\n {4}documentatieLink: \$\{LINK:-https:\/\/x\.nl\}\n {4}filters:\n {6}- \$\{F\}\n {6}- a\$\$\$\$b\n/,
  )
  t.match(await readText(yaml, { F: 'bron' }), {
    states: [{ objects: [{ spec: { documentatieLink: 'https://x.nl', filters: ['bron', 'a$$b'] } }] }],
  })
  t.match((await converted(text)).ids, ['convert/unset-name 4', 'convert/optional-variable 6'])
})

void t.test('the environment variables of 1.6 and 1.7 are understood', async (t) => {
  const text = readFileSync(join(FIXTURES, '1.7.env'), 'utf8')
  const { yaml, ids, shown } = await converted(text)
  t.equal(yaml, readFileSync(join(FIXTURES, '1.7.bode.yaml'), 'utf8'))
  t.strictSame(ids, ['convert/skipped 2', 'convert/literal-secret 9', 'convert/literal-secret 12'])
  assertNoLeak(t, yaml + shown, 'document and warnings')
  t.match(await readText(yaml), { states: [{ owner: 'gemeente' }] })
})
