// What is said of each thing that a conversion can find, plain and coloured. TAP_SNAPSHOT=1 writes what is
// expected; read it before it is committed.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { renderDiagnostics } from '../../../src/cli/views/diagnostics.ts'
import { styleFor } from '../../../src/cli/views/style.ts'
import type { Diagnostic } from '../../../src/common/diagnostics.ts'
import { emptyOpenNotificaties, type OnAbonnement } from '../../../src/common/open-notificaties.ts'
import { packageRoot } from '../../../src/common/package-root.ts'
import { Secret } from '../../../src/common/secret.ts'
import { convertDatabase, convertFile } from '../../../src/config/convert/convert.ts'
import { FINDING_IDS } from '../../../src/config/convert/findings.ts'
import { sourceOf } from '../../../src/config/source.ts'
import { assertNoLeak } from '../../support/canary.ts'

type FindingId = (typeof FINDING_IDS)[number]

const FIXTURES = join(packageRoot, 'test/fixtures/open-notificaties')
const OPTIONS = { name: 'gemeente', environment: {}, now: Date.parse('2026-11-24T12:00:00Z') }
const UUID = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'

const abonnement = (fields: string): string => `notifications_abonnementen_config_enable: true
notifications_abonnementen_config:
  items:
    - uuid: ${UUID}
      callback_url: https://zac.nl/in
${fields.replaceAll(/^/gm, '      ')}
`
const service = (fields: string): string => `zgw_consumers_config_enable: true
zgw_consumers:
  services:
    - identifier: ac
      label: AC
      api_type: ac
      api_root: https://ac.nl/
${fields.replaceAll(/^/gm, '      ')}
autorisaties_api_config_enable: true
autorisaties_api:
  authorizations_api_service_identifier: ac
`
const kanalen = (items: string): string => `notifications_kanalen_config_enable: true
notifications_kanalen_config:
  items: [${items}]
`
const ended = `Bearer c4n4ry.${Buffer.from('{"exp":1700000000}').toString('base64url')}.c4n4ry`

/** A file in which it is found. */
const FILES: Partial<Record<FindingId, string>> = {
  'auth-unsupported': service('auth_type: api_key\nheader_key: Authorization\nheader_value: c4n4ry'),
  duplicate: kanalen('{ naam: zaken }, { naam: zaken }'),
  'duplicate-key': 'notifications_kanalen_config_enable: false\nnotifications_kanalen_config_enable: true\n',
  'duplicate-uuid':
    abonnement(`auth_type: no_auth\nkanalen: [{ naam: zaken }]`) +
    `    - { uuid: ${UUID}, callback_url: https://a.nl/, kanalen: [{ naam: besluiten }] }\n`,
  'empty-auth': abonnement(`auth: ''\nkanalen: [{ naam: zaken }]`),
  'empty-secret': abonnement('auth_type: zgw\nauth_client_id: me\nkanalen: [{ naam: zaken }]'),
  'ignored-zero': 'notifications_config_enable: true\nnotifications_config:\n  notification_delivery_base_factor: 0\n',
  'left-out': kanalen('{ naam: "" , filters: [x] }').replace('""', `"${'x'.repeat(60)}"`),
  'literal-secret': abonnement('auth: Bearer c4n4ry\nkanalen: [{ naam: zaken }]'),
  loopback: abonnement('auth_type: no_auth\nkanalen: [{ naam: zaken }]').replace('zac.nl', 'localhost:8000'),
  'maybe-own-abonnement': abonnement('auth_type: no_auth\nkanalen: [{ naam: autorisaties }]').replace(
    '/in',
    '/api/v1/callbacks',
  ),
  'merged-filters': abonnement(
    'auth_type: no_auth\nkanalen:\n  - { naam: zaken, filters: { a: x } }\n  - { naam: zaken, filters: { b: y } }',
  ),
  missing: kanalen('{ filters: [] }'),
  'no-autorisaties': kanalen('{ naam: zaken }'),
  'no-credentials': service('client_id: nrc'),
  'not-text': abonnement('auth_type: no_auth\nkanalen: [{ naam: zaken, filters: { bronorganisatie: 002220647 } }]'),
  'optional-variable': kanalen('{ naam: zaken, documentatie_link: { value_from: { env: LINK, required: false } } }'),
  'own-abonnement':
    abonnement('auth_type: no_auth\nkanalen: [{ naam: autorisaties }]').replace('/in', '/api/v1/callbacks') +
    'sites_config_enable: true\nsites_config: { items: [{ domain: zac.nl, name: x }] }\n',
  'pseudo-filter': abonnement('auth_type: no_auth\nkanalen: [{ naam: zaken, filters: { "#actie": create } }]'),
  'retry-unknown': kanalen('{ naam: zaken }'),
  'several-documents': 'a: 1\n---\nb: c4n4ry\n',
  skipped: 'oidc_db_config_enable: true\noidc_db_config_admin_auth:\n  items: [{ oidc_rp_client_secret: c4n4ry }]\n',
  'static-token': abonnement(`auth: ${ended}\nkanalen: [{ naam: zaken }]`),
  'step-disabled': kanalen('{ naam: zaken }').replace('true', 'false'),
  'unknown-key': kanalen('{ naam: zaken, filter: [a] }'),
  'unknown-service': service('auth_type: no_auth').replace('identifier: ac\n', 'identifier: other\n'),
  'unknown-step': 'notifications_kanalen_config_enabled: true\n',
  'unset-name': kanalen('{ naam: { value_from: { env: NAAM } } }'),
  'unused-service': service('secret: { value_from: { env: S } }\nclient_id: nrc').replace(
    'services:\n',
    'services:\n    - { identifier: zrc, label: Z, api_type: zrc, api_root: https://z.nl/ }\n',
  ),
  'url-credentials': abonnement('kanalen: [{ naam: zaken }]').replace('https://', 'https://c4n4ry:c4n4ry@'),
  'wrong-type': kanalen('zaken'),
}

const origin = { shown: 'abonnement "a"' }
const ZAC: OnAbonnement = {
  uuid: UUID,
  callbackUrl: 'https://zac.nl/in',
  authType: 'no_auth',
  auth: undefined,
  clientId: '',
  secret: undefined,
  tokenUrl: '',
  scope: '',
  sendCloudEvents: false,
  groups: [],
  eventGroups: [],
  certificates: true,
  notes: ['Filter "a" stood in one entry with two values'],
  origin,
}

/** What only a database can have. */
const DATABASE: readonly FindingId[] = ['certificate', 'component', 'conflicting-filter', 'local-scopes']

async function fromDatabase(): Promise<Diagnostic[]> {
  const secret = { value: new Secret('c4n4ry') }
  const blank = { clientId: 'nrc', userId: '', userRepresentation: '', authType: 'zgw', label: '', apiType: 'ac' }
  const facts = {
    ...emptyOpenNotificaties(),
    services: [{ ...blank, slug: 'ac', apiRoot: 'https://ac.nl/', secret, origin: { shown: 'service "ac"' } }],
    autorisaties: { service: 'ac', component: 'zrc', origin: { shown: 'the Autorisaties API' } },
    credentials: [
      { clientId: 'zac', secret, scopes: ['notificaties.consumeren'], origin: { shown: 'client credential "zac"' } },
    ],
    abonnementen: [ZAC],
  }
  return (await convertDatabase(facts, { ...OPTIONS, imported: new Set() })).diagnostics
}

void t.test('every finding is said as expected, without a secret', async (t) => {
  const told: Diagnostic[] = []
  for (const [id, text] of Object.entries(FILES)) {
    const { diagnostics } = await convertFile(sourceOf('data.yaml', text), OPTIONS)
    const found = diagnostics.find((diagnostic) => diagnostic.id === `convert/${id}`)
    t.ok(found, id)
    if (found !== undefined) told.push(found)
  }
  for (const found of await fromDatabase()) {
    if (DATABASE.some((id) => found.id === `convert/${id}`)) told.push(found)
  }
  t.strictSame(told.map(({ id }) => id.replace('convert/', '')).toSorted(), FINDING_IDS.toSorted(), 'each id once')
  for (const [file, colour] of [
    ['findings.txt', false],
    ['findings.ansi.txt', true],
  ] as const) {
    const shown = renderDiagnostics(told, styleFor(colour))
    if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(join(FIXTURES, file), shown)
    t.equal(shown, readFileSync(join(FIXTURES, file), 'utf8'), file)
    assertNoLeak(t, shown, file)
  }
})
