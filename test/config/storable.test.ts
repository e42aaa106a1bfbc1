import t from 'tap'
import { readSources } from '../../src/config/read-sources.ts'
import { sourceOf } from '../../src/config/source.ts'

const read = (label: string, more = '', environment = {}) => {
  const text = `apiVersion: bode/v1
kind: Configuration
metadata: { name: gemeente }
externalCredentials:
  oz: { apiRoot: https://oz.example/, label: ${label}, clientId: c, secret: { env: A } }
kanalen:
  zaken: {}
${more}`
  const { states, diagnostics } = readSources([sourceOf('bode.yaml', text)], { environment })
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  return { states, errors: errors.map(({ id, position }) => [id, position?.line, position?.column]) }
}

void t.test('a text that a database cannot hold is an error where it stands', async (t) => {
  const at = (line: number, column: number) => ({ states: [], errors: [['schema/characters', line, column]] })
  t.strictSame(read('"a\\0b"'), at(5, 46))
  t.strictSame(read('"a\\ud800b"'), at(5, 46))
  t.strictSame(read('"${NUL}"', '', { NUL: 'a\0b' }), at(5, 46), 'also from a variable')
  t.strictSame(read('a', '  "a\\x00b": {}\n'), at(8, 3), 'a key')
  const listed =
    'abonnementen: { a: { callbackUrl: "https://a.example/", auth: { type: no_auth }, kanalen: [{ naam: zaken, acties: ["a\\0b"] }] } }'
  t.strictSame(read('a', listed), at(8, listed.indexOf('"a\\0b"') + 1), 'in a list')
})

void t.test('every other text is not', async (t) => {
  for (const text of ['"é 漢 😀"', '"a\\ud83d\\ude00b"', '"a\\tb\\x01"']) t.strictSame(read(text).errors, [], text)
  t.strictSame(read('a', 'x-note: "a\\0b"').errors, [], 'what is not stored')
})
