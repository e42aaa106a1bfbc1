import { inspect } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { canonicalJson } from '../../src/common/canonical-json.ts'
import { closest } from '../../src/common/closest.ts'
import { variableOrFile } from '../../src/common/environment.ts'
import { Secret, SECRET_MASK } from '../../src/common/secret.ts'

void t.test('canonical JSON does not depend on the order of keys, and loses nothing', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value)
      return text === canonicalJson(reversed(value)) && JSON.stringify(reversed(JSON.parse(text))) !== undefined
    }),
  )
})

void t.test('canonical JSON reads back as the same value', async () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      t.strictSame(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)))
    }),
    { numRuns: 50 },
  )
})

void t.test('a secret shows only a mask of fixed width', async (t) => {
  const secret = new Secret('hunter2-hunter2')
  const shown = [String(secret), JSON.stringify({ secret }), inspect(secret), inspect({ deep: [secret] })]
  for (const text of shown) {
    t.match(text, SECRET_MASK)
    t.notMatch(text, 'hunter2')
  }
  t.equal(secret.reveal(), 'hunter2-hunter2')
})

const suggestions: [string, string[], string | undefined][] = [
  ['secretes', ['secret', 'scopes'], 'secret'],
  ['plna', ['plan', 'apply'], 'plan'],
  ['kannalen', ['kanalen', 'abonnementen'], 'kanalen'],
  ['something', ['plan', 'apply'], undefined],
  ['x', ['plan'], undefined],
]
for (const [typed, candidates, expected] of suggestions) {
  void t.test(`the closest to "${typed}" is ${expected ?? 'nothing'}`, async (t) => {
    t.equal(closest(typed, candidates), expected)
  })
}

void t.test('a variable comes from its value or from the file that _FILE names', async (t) => {
  const folder = t.testdir({ token: 'from-file\n' })
  const file = `${folder}/token`
  t.equal(variableOrFile({ X: 'plain' }, 'X'), 'plain')
  t.equal(variableOrFile({ X_FILE: file }, 'X'), 'from-file')
  t.equal(variableOrFile({ X: '', X_FILE: file }, 'X'), 'from-file', 'empty counts as absent')
  t.equal(variableOrFile({}, 'X'), undefined)
  t.throws(() => variableOrFile({ X: 'a', X_FILE: file }, 'X'), { kind: 'invalid', message: /both X and X_FILE/ })
  t.throws(() => variableOrFile({ X_FILE: `${folder}/none` }, 'X'), { kind: 'invalid', message: /X_FILE/ })
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  )
}
