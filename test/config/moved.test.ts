import fc from 'fast-check'
import t from 'tap'
import { HEADER, outline, readText, stateOf } from '../support/configuration.ts'

void t.test('a move names the section, both keys and where it stands', async (t) => {
  const { moved } = await stateOf(`kanalen: { zaken: {} }
clientCredentials: { b: { secret: { env: B }, authorizedBy: configuration, scopes: [] } }
moved:
  - { kind: kanaal, from: zaak, to: zaken }
  - { kind: clientCredential, from: a, to: b }
`)
  t.match(moved, [
    { kind: 'clientCredentials', from: 'a', to: 'b', position: { line: 8, column: 7 } },
    { kind: 'kanalen', from: 'zaak', to: 'zaken', position: { line: 7 } },
  ])
})

const mistakes: [string, string, string[]][] = [
  ['its new key is not declared', '[{ kind: kanaal, from: a, to: x }]', ['moved/name 5:38']],
  ['its old key is still declared', '[{ kind: kanaal, from: p, to: q }]', ['moved/name 5:31']],
  ['it goes nowhere', '[{ kind: kanaal, from: x, to: x }]', ['moved/name 5:38']],
  [
    'another has its source',
    '[{ kind: kanaal, from: a, to: p }, { kind: kanaal, from: a, to: q }]',
    ['moved/name 5:65'],
  ],
  [
    'another has its target',
    '[{ kind: kanaal, from: a, to: p }, { kind: kanaal, from: b, to: p }]',
    ['moved/name 5:72'],
  ],
  [
    'another goes on from its target',
    '[{ kind: kanaal, from: a, to: b }, { kind: kanaal, from: b, to: p }]',
    ['moved/name 5:38'],
  ],
  ['its kind is a section', '[{ kind: kanalen, from: a, to: p }]', ['schema/enum 5:17']],
  ['it has no source', '[{ kind: kanaal, to: p }]', ['schema/required 5:11']],
]
for (const [why, moved, expected] of mistakes) {
  void t.test(`a move is refused when ${why}`, async (t) => {
    t.strictSame(outline(await readText(`${HEADER}kanalen: { p: {}, q: {} }\nmoved: ${moved}`)), expected)
  })
}

void t.test('the same key of another kind is something else', async (t) => {
  const { moved } = await stateOf(`kanalen: { p: {} }
externalCredentials: { p: { apiRoot: https://p/, clientId: p, secret: { env: P } }, a: { apiRoot: https://a/, clientId: a, secret: { env: A } } }
moved: [{ kind: kanaal, from: a, to: p }, { kind: externalCredential, from: b, to: p }]
`)
  t.equal(moved.length, 2)
})

void t.test('every file may tell of its own moves, in any order', async (t) => {
  const keys = ['a', 'b', 'c', 'd']
  const kanalen = `kanalen: { ${keys.map((key) => `${key}: {}`).join(', ')} }\n`
  const expected = keys.map((key) => [`old-${key}`, key])
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(keys, { minLength: 4 }), fc.nat(4), async (shuffled, cut) => {
      const list = (part: string[]): string =>
        part.length === 0
          ? ''
          : `moved: [${part.map((key) => `{ kind: kanaal, from: old-${key}, to: ${key} }`).join()}]\n`
      const text = `${HEADER}${kanalen}${list(shuffled.slice(0, cut))}---\n${HEADER}${list(shuffled.slice(cut))}`
      const { states } = await readText(text)
      t.strictSame(
        states[0]?.moved.map(({ from, to }) => [from, to]),
        expected,
      )
    }),
    { numRuns: 30 },
  )
})

void t.test('a mistake in the moves of one file is found where it stands', async (t) => {
  const text = `${HEADER}kanalen: { p: {}, q: {} }\nmoved: [{ kind: kanaal, from: a, to: p }]\n---\n${HEADER}moved: [{ kind: kanaal, from: b, to: x }]\n`
  t.strictSame(outline(await readText(text)), ['moved/name 10:38'])
})
