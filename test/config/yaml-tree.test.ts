import t from 'tap'
import { HEADER, outline, readText } from '../support/configuration.ts'

void t.test('a value that aliases share is the value of each', async (t) => {
  const text = `${HEADER}x-filters: &filters [zaaktype, bronorganisatie]\nkanalen:\n  a: { filters: *filters }\n  b: { filters: *filters }`
  const [state] = (await readText(text)).states
  t.strictSame(
    state?.objects.map(({ spec }) => spec),
    [
      { documentatieLink: '', filters: ['zaaktype', 'bronorganisatie'] },
      { documentatieLink: '', filters: ['zaaktype', 'bronorganisatie'] },
    ],
  )
})

void t.test('an alias bomb is refused at once, with a position', async (t) => {
  const levels = Array.from({ length: 12 }, (_, n) => `  l${n}: &l${n} [${`*l${n - 1}, `.repeat(n === 0 ? 0 : 9)}]`)
  const started = performance.now()
  const result = await readText(`${HEADER}x-bomb:\n${levels.join('\n')}\n`)
  t.match(outline(result), [/^yaml\/alias \d+:\d+$/])
  t.ok(performance.now() - started < 5_000)
})

void t.test('nesting that exhausts the stack of the parser is a diagnostic too', async (t) => {
  t.match(outline(await readText('['.repeat(100_000))), [/^yaml\//])
})

const syntax: [string, string, string][] = [
  ['a tab as indentation', `${HEADER}kanalen:\n\tzaken: {}\n`, 'yaml/syntax 5:1'],
  ['an unknown tag', `${HEADER}publicUrl: !secret x\n`, 'yaml/syntax 4:12'],
  ['an alias without an anchor', `${HEADER}publicUrl: *none\n`, 'yaml/alias 4:12'],
  ['an unclosed bracket', `${HEADER}kanalen: {\n`, 'yaml/syntax 5:1'],
  ['a colon in a plain text', `${HEADER}publicUrl: a: b\n`, 'yaml/syntax 4:12'],
]
for (const [what, text, expected] of syntax) {
  void t.test(`${what} is a syntax error with its place`, async (t) => {
    t.strictSame(outline(await readText(text)).slice(0, 1), [expected])
  })
}

void t.test('numbers and booleans are names where a name is expected', async (t) => {
  const { states } = await readText(`${HEADER}kanalen: { 007: {}, true: {}, 1.50: {} }`)
  t.strictSame(
    states[0]?.objects.map(({ key }) => key),
    ['007', '1.50', 'true'],
  )
})

void t.test('a key that could reach a prototype is a key like any other', async (t) => {
  const { states } = await readText(`${HEADER}kanalen: { __proto__: { filters: [x] }, constructor: {} }`)
  t.strictSame(
    states[0]?.objects.map(({ key }) => key),
    ['__proto__', 'constructor'],
  )
  t.equal(({} as { filters?: unknown }).filters, undefined)
})
