import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { renderDiagnostics } from '../../../src/cli/views/diagnostics.ts'
import { styleFor } from '../../../src/cli/views/style.ts'
import { packageRoot } from '../../../src/common/package-root.ts'
import { convertFile } from '../../../src/config/convert/convert.ts'
import { byVariable, writeDocument } from '../../../src/config/convert/write-document.ts'
import { sourceOf } from '../../../src/config/source.ts'
import { assertNoLeak, canary, leakIn } from '../../support/canary.ts'

const SECRET = canary('x')

/** Everything that comes out of a conversion, as people and programs see it. */
async function outputOf(text: string): Promise<{ output: string; ids: string[]; converted: boolean }> {
  const options = { name: 'gemeente', environment: {}, now: 0 }
  const { document, diagnostics } = await convertFile(sourceOf('data.yaml', text), options)
  const yaml = document === undefined ? '' : writeDocument(document, 'gemeente', byVariable)
  const output = [yaml, renderDiagnostics(diagnostics, styleFor(true)), JSON.stringify({ diagnostics, document })]
  return { output: output.join('\n'), ids: diagnostics.map(({ id }) => id), converted: document !== undefined }
}

const credentials = (line: string): string =>
  `vng_api_common_credentials_config_enable: true\nvng_api_common_credentials:\n  items:\n    - identifier: a\n      ${line}\n`
const service = (line: string): string =>
  `zgw_consumers_config_enable: true\nzgw_consumers:\n  services:\n    - identifier: a\n      label: a\n      api_type: ac\n      api_root: https://a.nl/\n      ${line}\n`

const BROKEN: [name: string, text: string][] = [
  ['an unclosed quote', credentials(`secret: "${SECRET}`)],
  ['a map in place of a secret', credentials(`secret: { a: ${SECRET} }`)],
  ['a secret that became a key', credentials(`secret: {${SECRET}}`)],
  ['a list in place of a secret', credentials(`secret: [${SECRET}]`)],
  ['a secret that became an anchor', credentials(`secret: &${SECRET}`)],
  ['a secret that became an alias', credentials(`secret: *${SECRET}`)],
  ['a secret that became a tag', credentials(`secret: !${SECRET} x`)],
  ['a secret without its colon', credentials(`secret ${SECRET}`)],
  ['a secret without a space', credentials(`secret:${SECRET}`)],
  ['a mistyped key', credentials(`secrt: ${SECRET}`)],
  ['a secret twice', credentials(`secret: ${SECRET}\n      secret: ${SECRET}2`)],
  ['a secret at the root', `${SECRET}\n`],
  ['a secret as a root key', `${SECRET}:\n`],
  ['a secret in a comment', `${credentials('secret: x')}# secret: ${SECRET}\nunknown: 1\n`],
  ['a secret on several lines', credentials(`secret: |\n        ${SECRET}\n        ${SECRET}\n      unknown: 1`)],
  ['value_from with the secret itself', credentials(`secret: { value_from: ${SECRET} }`)],
  ['value_from with the secret as a name', credentials(`secret: { value_from: { env: '${SECRET}' } }`)],
  ['value_from with a default', credentials(`secret: { value_from: { env: X, default: ${SECRET} } }\n      more: 1`)],
  ['an API key of a service', service(`header_value: ${SECRET}\n      auth_type: api_key`)],
  ['a step that is not enabled', credentials(`secret: ${SECRET}`).replace('true', 'false')],
  [
    'a section that is a text',
    `vng_api_common_credentials_config_enable: true\nvng_api_common_credentials: ${SECRET}\n`,
  ],
  [
    'items that are no list',
    `vng_api_common_credentials_config_enable: true\nvng_api_common_credentials: { items: ${SECRET} }\n`,
  ],
  [
    'items that are no maps',
    `vng_api_common_credentials_config_enable: true\nvng_api_common_credentials: { items: [${SECRET}] }\n`,
  ],
  [
    'OIDC',
    `oidc_db_config_enable: true\noidc_db_config_admin_auth:\n  items: [{ oidc_rp_client_secret: ${SECRET} }]\n`,
  ],
  ['an unknown step', `passwords:\n  a: ${SECRET}\n`],
  ['two documents', `---\na: ${SECRET}\n---\nb: ${SECRET}\n`],
  ['a file of variables', `OPENZAAK_NOTIF_SECRET=${SECRET}\nOPENZAAK_NOTIF_CLIENT_ID=a\nPASSWORD=${SECRET}\n`],
  ['a variable that is no number', `NOTIFICATION_DELIVERY_MAX_RETRIES=${SECRET}\n`],
]

void t.test('no secret comes out, however the file is broken', async (t) => {
  for (const [name, text] of BROKEN) {
    const { output, ids } = await outputOf(text)
    t.ok(ids.length > 0, `${name}: something is said`)
    assertNoLeak(t, output, name)
  }
})

void t.test('no secret comes out of a file that was cut, or had something put into it', async (t) => {
  const text = readFileSync(join(packageRoot, 'test/fixtures/open-notificaties/data.yaml'), 'utf8')
  const noise = fc.constantFrom('"', "'", '{', '}', '[', ':', ' ', '\n', '#', '&', '*', '!', '|', '\t', '- ', '? ', '%')
  const edit = fc.tuple(fc.nat(text.length), fc.nat(40), noise)
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      const broken = edits.reduce((all, [at, cut, put]) => all.slice(0, at) + put + all.slice(at + cut), text)
      return leakIn((await outputOf(broken)).output) === undefined
    }),
    { numRuns: 150, seed: 20261124 },
  )
  t.pass()
})

void t.test('hostile YAML is refused in a moment', async (t) => {
  const levels = Array.from('bcdefghij').map(
    (name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[i]}`).join(', ')}]`,
  )
  const cases: [name: string, text: string, id: string][] = [
    ['an alias bomb', ['a: &a [1]', ...levels].join('\n'), 'yaml/alias'],
    ['an alias in itself', 'a: &a [*a]\n', 'yaml/alias'],
    ['too deep', `a: ${'['.repeat(100)}${']'.repeat(100)}`, 'yaml/too-deep'],
    ['a list', '- a\n', 'document/not-a-map'],
    ['nothing', '', 'document/empty'],
    ['two documents', 'a: 1\n---\nb: 1\n', 'convert/several-documents'],
  ]
  for (const [name, text, id] of cases) {
    const start = performance.now()
    const { ids, converted } = await outputOf(text)
    t.ok(ids.includes(id), `${name}: ${ids.slice(0, 3).join(', ')}`)
    t.equal(converted, false, name)
    t.ok(performance.now() - start < 2_000, name)
  }
})

void t.test('a name that is a trap in JavaScript is a name', async (t) => {
  const { output } = await outputOf(
    `notifications_abonnementen_config_enable: true
notifications_abonnementen_config:
  items:
    - uuid: 482a09ff-286b-4d0f-a1b8-9b99c1eac0f8
      callback_url: https://a.nl/
      auth_type: no_auth
      kanalen:
        - { naam: zaken, filters: { __proto__: a, constructor: b, toString: c } }
        - { naam: zaken, filters: { valueOf: d } }
`,
  )
  t.match(output, /__proto__: a\n\s+constructor: b\n\s+toString: c\n\s+valueOf: d\n/)
})
