// No secret may come out of a document, however wrong it is.
import fc from 'fast-check'
import t from 'tap'
import { renderDiagnostics } from '../../src/cli/views/diagnostics.ts'
import { styleFor } from '../../src/cli/views/style.ts'
import { assertNoLeak, leakIn } from '../support/canary.ts'
import { HEADER, readText } from '../support/configuration.ts'

const LITERAL = 'c4n4ry'

/** Every place for a secret, with a literal in it. */
const DOCUMENT = `${HEADER}externalCredentials:
  open-zaak:
    apiRoot: https://oz.local/
    clientId: bode
    secret: ${LITERAL}
clientCredentials:
  zac:
    secret: ${LITERAL}
    previousSecret: { insecureLiteral: ${LITERAL}, expiresAt: 2026-12-01T00:00:00Z }
    scopes: [notificaties.consumeren]
  archief:
    secret:
      insecureLiteral: ${LITERAL}
abonnementen:
  a:
    callbackUrl: https://jan:${LITERAL}@a.local/
    auth: { type: api_key, value: ${LITERAL} }
    kanalen: [{ naam: zaken }]
  b:
    callbackUrl: https://b.local/
    auth:
      type: zgw
      clientId: bode
      secret: "${LITERAL}"
    kanalen: []
`

async function shown(text: string): Promise<string> {
  const { diagnostics } = await readText(text)
  return renderDiagnostics(diagnostics, styleFor(false)) + JSON.stringify(diagnostics)
}

void t.test('a literal secret is masked in every place', async (t) => {
  assertNoLeak(t, await shown(DOCUMENT), 'the diagnostics')
})

const mistakes: [string, string][] = [
  ['a section name', DOCUMENT.replace('clientCredentials', 'clientCredentails')],
  ['the name of a secret', DOCUMENT.replaceAll('secret:', 'secrte:')],
  ['the name of auth', DOCUMENT.replaceAll('auth:', 'authh:')],
  ['the name of a value', DOCUMENT.replace('value:', 'waarde:')],
  ['a list for a map', `${HEADER}clientCredentials:\n  - { clientId: zac, secret: ${LITERAL} }\n`],
  ['a scalar for a client', `${HEADER}clientCredentials:\n  zac: ${LITERAL}\n`],
  ['a scalar for auth', DOCUMENT.replace(/\{ type: api_key.*\}/, LITERAL)],
  ['a list for a secret', `${HEADER}clientCredentials:\n  zac:\n    secret: [${LITERAL}]\n`],
  ['a set for a secret', `${HEADER}clientCredentials:\n  zac:\n    secret: {${LITERAL}, ${LITERAL}}\n`],
  ['a set for a value of auth', `${HEADER}abonnementen: { a: { auth: { type: api_key, valu: {${LITERAL}} } } }\n`],
  ['an anchor for a secret', `${HEADER}clientCredentials:\n  zac:\n    secret: &"${LITERAL}"\n    nonsense: 1\n`],
  [
    'a key that was left out',
    `${HEADER}clientCredentials:\n  zac:\n    secret:\n      insecureLiteral\n: ${LITERAL}\n`,
  ],
  ['a value that lost its colon', DOCUMENT.replace('value: ', 'value ')],
  ['a value that lost its space', DOCUMENT.replace('value: ', 'value:')],
  [
    'a block for a secret',
    `${HEADER}clientCredentials:\n  zac:\n    secret: |\n      ${LITERAL}\n      ${LITERAL}\n    x: 1\n`,
  ],
  ['a tag for a secret', `${HEADER}clientCredentials:\n  zac:\n    secret: !${LITERAL}\n`],
  [
    'a secret that stands twice',
    `${HEADER}clientCredentials:\n  zac:\n    secret: { env: X }\n    secret: ${LITERAL}\n`,
  ],
  ['a shared secret', `${HEADER}x-s: &s ${LITERAL}\nnonsense: 1\nclientCredentials: { zac: { secret: *s } }\n`],
  ['a secret in a comment', `${HEADER}# secret: ${LITERAL}\nnonsense: 1\n`],
  ['a missing colon', `${HEADER}clientCredentials:\n  zac:\n    secret ${LITERAL}\n    scopes: []\n`],
  ['an unclosed quote', `${HEADER}clientCredentials:\n  zac:\n    secret: "${LITERAL}\n`],
]
for (const [what, text] of mistakes) {
  void t.test(`${what}: reported, and nothing secret shows`, async (t) => {
    const output = await shown(text)
    t.match(output, /^error/m)
    assertNoLeak(t, output, 'the diagnostics')
  })
}

// Without its @ the password of a URL is the port of a host.
const PLAIN = DOCUMENT.replace(`jan:${LITERAL}@`, '')
/** The same places in the patch of an overlay. */
const PATCH = `${HEADER}---
apiVersion: bode/v1
kind: Overlay
metadata: { environment: dev }
extends: .
patch:
${PLAIN.slice(HEADER.length).replaceAll(/^/gm, '  ')}`

void t.test('a literal secret is masked in the patch of an overlay too', async (t) => {
  for (const text of [
    PATCH,
    PATCH.replace('clientCredentials', 'clientCredentails'),
    PATCH.replaceAll('secret:', 'secrte:'),
    PATCH.replace('patch:', 'pach:'),
  ]) {
    assertNoLeak(t, await shown(text), 'the diagnostics')
  }
})

for (const [where, document] of [
  ['a document', PLAIN],
  ['an overlay', PATCH],
] as const) {
  void t.test(`no slip of a finger in ${where} makes a secret show`, async () => {
    const places = fc.nat({ max: document.length - 1 })
    const slips = fc.constantFrom('', ' ', '\n', ':', '"', "'", '{', ']', '#', '\t', 'x', '- ', '*', '&', '!', '|')
    await fc.assert(
      fc.asyncProperty(places, slips, fc.boolean(), async (at, slip, replaces) => {
        // What breaks the literal itself leaves a text that nobody can know to be secret.
        const literal = [...document.matchAll(new RegExp(LITERAL, 'g'))].some(
          ({ index }) => at > index - 1 && at < index + LITERAL.length,
        )
        fc.pre(!literal)
        const text = document.slice(0, at) + slip + document.slice(at + (replaces ? 1 : 0))
        return leakIn(await shown(text)) === undefined
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 600) },
    )
  })
}

for (const text of [
  LITERAL,
  `my${LITERAL}secret`,
  `- ${LITERAL}`,
  `[${LITERAL}]`,
  `"a b ${LITERAL}"`,
  `secret ${LITERAL}`,
]) {
  void t.test(`a text that is no document is not shown: ${text.replaceAll(LITERAL, '*')}`, async (t) => {
    assertNoLeak(t, await shown(`${text}\n`), 'the frame')
  })
}
