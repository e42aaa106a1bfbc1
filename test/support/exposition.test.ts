import t from 'tap'
import { parseExposition, valueOf } from './exposition.ts'

const GOOD = `# HELP a_total Things.
# TYPE a_total counter
a_total{kind="x\\"y\\\\z\\n"} 1
a_total{kind="other"} 2.5e3

# HELP b Sizes.
# TYPE b histogram
b_bucket{le="1"} 1
b_bucket{le="+Inf"} 2
b_sum 3
b_count 2
`

void t.test('what is right is read', async (t) => {
  const families = parseExposition(GOOD)
  t.strictSame([...families.keys()], ['a_total', 'b'])
  t.equal(valueOf(families, 'a_total', { kind: 'x"y\\z\n' }), 1)
  t.equal(valueOf(families, 'b_bucket', { le: '+Inf' }), 2)
  t.equal(valueOf(families, 'b_bucket', { le: '7' }), undefined)
})

void t.test('what is wrong is refused', async (t) => {
  const cases: [what: string, change: (text: string) => string][] = [
    ['no last newline', (text) => text.trimEnd()],
    ['a sample of no metric', (text) => `c 1\n${text}`],
    ['a sample elsewhere', (text) => `${text}a_total{kind="z"} 1\n`],
    ['a series twice', (text) => text.replace('"other"', '"x\\"y\\\\z\\n"')],
    ['no help', (text) => text.replace('# HELP b Sizes.\n', '')],
    ['a type twice', (text) => `${text}# TYPE b histogram\n`],
    ['an unknown type', (text) => text.replace('counter', 'number')],
    ['no value', (text) => text.replace(' 2.5e3', '')],
    ['a value that is none', (text) => text.replace('2.5e3', '2,5')],
    ['a label without quotes', (text) => text.replace('"other"', 'other')],
    ['a quote that is not escaped', (text) => text.replace('"other"', '"ot"her"')],
    ['a bad escape', (text) => text.replace('"other"', '"\\t"')],
    ['a comma at the end', (text) => text.replace('"other"', '"other",')],
    ['a label twice', (text) => text.replace('kind="other"', 'kind="o",kind="p"')],
    ['a bad name', (text) => text.replaceAll('a_total', 'a-total')],
    ['buckets that shrink', (text) => text.replace('le="1"} 1', 'le="1"} 3')],
    ['buckets without an end', (text) => text.replace('b_bucket{le="+Inf"} 2\n', '')],
    ['a count that is not the last bucket', (text) => text.replace('b_count 2', 'b_count 3')],
    ['no sum', (text) => text.replace('b_sum 3\n', '')],
  ]
  for (const [what, change] of cases) t.throws(() => parseExposition(change(GOOD)), what)
})
