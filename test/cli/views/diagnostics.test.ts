import t from 'tap'
import { renderDiagnostics, summarise } from '../../../src/cli/views/diagnostics.ts'
import { styleFor } from '../../../src/cli/views/style.ts'
import type { Diagnostic } from '../../../src/common/diagnostics.ts'

const plain = styleFor(false)

const unknownKey: Diagnostic = {
  id: 'schema/unknown-key',
  severity: 'error',
  message: 'unknown key "secretes"',
  position: { file: 'bode.yaml', line: 10, column: 5, length: 8 },
  path: 'clientCredentials.open-zaak.secretes',
  label: 'did you mean "secret"?',
  help: ['allowed here: secret, scopes'],
  frame: [
    { line: 9, text: '  open-zaak:' },
    { line: 10, text: '    secretes: { env: X }', caret: { column: 5, length: 8 } },
  ],
}
const unreadable: Diagnostic = {
  id: 'file/unreadable',
  severity: 'error',
  message: 'cannot read x.yaml: it does not exist',
}
const weak: Diagnostic = {
  id: 'secret/weak',
  severity: 'warning',
  message: 'this secret is shorter than 32 bytes',
  position: { file: 'other.yaml', line: 3, column: 7, length: 1 },
  label: 'without a frame',
}

void t.test('a diagnostic with everything looks like this', async (t) => {
  t.equal(
    renderDiagnostics([unknownKey, unreadable, weak], plain),
    `error[schema/unknown-key]: unknown key "secretes"
  --> bode.yaml:10:5 (clientCredentials.open-zaak.secretes)
   |
 9 |   open-zaak:
10 |     secretes: { env: X }
   |     ^^^^^^^^ did you mean "secret"?
   = allowed here: secret, scopes

error[file/unreadable]: cannot read x.yaml: it does not exist

warning[secret/weak]: this secret is shorter than 32 bytes
 --> other.yaml:3:7
  = without a frame

2 errors, 1 warning in 2 files
`,
  )
})

void t.test('nothing is shown of nothing', async (t) => {
  t.equal(renderDiagnostics([], plain), '')
})

const summaries: [Diagnostic[], string][] = [
  [[], 'no errors'],
  [[unreadable], '1 error'],
  [[weak], '1 warning in 1 file'],
  [[unknownKey, unknownKey], '2 errors in 1 file'],
]
for (const [diagnostics, expected] of summaries) {
  void t.test(`${diagnostics.length} diagnostics are summed up as "${expected}"`, async (t) => {
    t.equal(summarise(diagnostics), expected)
  })
}

void t.test('colour dresses the text and changes no letter of it', async (t) => {
  const coloured = renderDiagnostics([unknownKey, weak], styleFor(true))
  t.not(coloured, renderDiagnostics([unknownKey, weak], plain))
  // oxlint-disable-next-line no-control-regex -- the escape sequences of colours
  t.equal(coloured.replaceAll(/\u001B\[\d+m/g, ''), renderDiagnostics([unknownKey, weak], plain))
})
