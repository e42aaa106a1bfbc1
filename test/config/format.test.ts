import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { stringify } from 'yaml'
import { packageRoot } from '../../src/common/package-root.ts'
import { formatText } from '../../src/config/format/format.ts'
import { essence, readText } from '../support/configuration.ts'

const HEAD = 'apiVersion: bode/v1\nkind: Configuration\nmetadata:\n  name: x\n'

const cases: [string, string, string][] = [
  [
    'sections stand in the order of the schema',
    'tokens: { maxAge: 1h }\nkanalen: {}\n',
    '\nkanalen: {}\n\ntokens: { maxAge: 1h }\n',
  ],
  ['names keep the order of the author', 'kanalen:\n  b: {}\n  a: {}\n', '\nkanalen:\n  b: {}\n  a: {}\n'],
  [
    'keys of an object stand in the order of the schema',
    'abonnementen:\n  z: { kanalen: [], auth: { value: { env: X }, type: api_key }, callbackUrl: https://z/ }\n',
    '\nabonnementen:\n  z: { callbackUrl: https://z/, auth: { type: api_key, value: { env: X } }, kanalen: [] }\n',
  ],
  ['unknown keys come last', 'nonsense: 1\nkanalen: {}\n', '\nkanalen: {}\n\nnonsense: 1\n'],
  [
    'quotes go where they are not needed',
    `kanalen: { "zaken": { documentatieLink: 'https://z/' } }\n`,
    '\nkanalen: { zaken: { documentatieLink: https://z/ } }\n',
  ],
  [
    'quotes stay round what would be something else',
    `x-a: ['002', "yes", 'a: b', '', '- x', "it's", 'a"b', '~', '2026-01-01']\n`,
    `\nx-a: ["002", "yes", "a: b", "", "- x", "it's", 'a"b', "~", "2026-01-01"]\n`,
  ],
  ['durations need none', 'tokens: { maxAge: "1h" }\n', '\ntokens: { maxAge: 1h }\n'],
  ['indentation is two spaces', 'x-a:\n    - b:\n          c: 1\n', '\nx-a:\n  - b:\n      c: 1\n'],
  [
    'a comment goes with the key below it, and with the value before it',
    '# about tokens\ntokens:\n  # about leeway\n  leeway: 1s # short\n  maxAge: 1h\n# about kanalen\nkanalen: {} # none\n# end\n',
    '\n# about kanalen\nkanalen: {} # none\n\n# about tokens\ntokens:\n  maxAge: 1h\n  # about leeway\n  leeway: 1s # short\n\n# end\n',
  ],
  [
    'a comment behind a list that is not indented belongs to the next key',
    'abonnementen:\n  z:\n    kanalen:\n    - naam: zaken\n    # how\n    auth: { type: no_auth }\n    callbackUrl: https://z/\n',
    '\nabonnementen:\n  z:\n    callbackUrl: https://z/\n    # how\n    auth: { type: no_auth }\n    kanalen:\n      - naam: zaken\n',
  ],
  [
    'a collection that is too long for a line is written over several',
    `kanalen: { z: { filters: [${Array.from({ length: 12 }, (_, i) => `filter-${i}`).join()}] } }\n`,
    `\nkanalen:\n  z:\n    filters:\n${Array.from({ length: 12 }, (_, i) => `      - filter-${i}\n`).join('')}`,
  ],
  [
    'a document with aliases keeps its order',
    'x-a: &a { maxAge: 1h }\ntokens: *a\nkanalen: {}\n',
    '\nx-a: &a { maxAge: 1h }\n\ntokens: *a\n\nkanalen: {}\n',
  ],
]
for (const [what, before, after] of cases) {
  void t.test(what, async (t) => {
    t.equal(formatText(HEAD + before), HEAD + after)
    t.equal(formatText(HEAD + after), HEAD + after, 'and it stays so')
  })
}

void t.test('what stands above a document stays there', async (t) => {
  const text = `# yaml-language-server: $schema=./x\n\n# ours\nkind: Configuration\nmetadata: { name: x }\napiVersion: bode/v1\n`
  const [first, ...rest] = formatText(text)!.split('\n')
  t.equal(first, '# yaml-language-server: $schema=./x')
  t.strictSame(
    rest.filter((line) => line !== ''),
    ['# ours', 'apiVersion: bode/v1', 'kind: Configuration', 'metadata: { name: x }'],
  )
})

void t.test('the patch of an overlay has the order of a document', async (t) => {
  const head = 'apiVersion: bode/v1\nkind: Overlay\nmetadata: { environment: a }\nextends: b.yaml\n'
  t.equal(
    formatText(`${head}patch:\n  tokens: null\n  kanalen: { z: { protected: true, filters: [] } }\n`),
    `${head}\npatch:\n  kanalen: { z: { filters: [], protected: true } }\n  tokens: null\n`,
  )
})

void t.test('line endings, a byte order mark and several documents', async (t) => {
  t.equal(formatText(`\uFEFF${HEAD}tokens: {}\n`.replaceAll('\n', '\r\n')), `${HEAD}\ntokens: {}\n`)
  t.equal(formatText(`${HEAD}---\n${HEAD}---\n`), `${HEAD}---\n${HEAD}`)
})

void t.test('a file of something else is left alone', async (t) => {
  for (const text of ['apiVersion: v1\nkind: ConfigMap\n', 'a', '', `${HEAD}---\na: b\n`])
    t.equal(formatText(text), undefined)
})

for (const folder of ['gemeente', 'open-zaak', 'quickstart']) {
  for (const file of readdirSync(join(packageRoot, 'examples', folder)).filter((name) => name.endsWith('.yaml'))) {
    void t.test(`examples/${folder}/${file} is laid out without losing anything`, async (t) => {
      const text = readFileSync(join(packageRoot, 'examples', folder, file), 'utf8')
      const formatted = formatText(text)!
      t.equal(formatText(formatted), formatted)
      t.strictSame((await readText(formatted)).states.map(essence), (await readText(text)).states.map(essence))
    })
  }
}

void t.test('laid out twice is laid out once, and says what it said', async (t) => {
  const word = fc.oneof(
    fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/),
    fc.constantFrom(
      '002',
      'yes',
      '*x',
      '# no',
      'a: b',
      '',
      '${X}',
      ' ',
      '"',
      "'",
      '\\',
      'é\n',
      'a\nb',
      'x #y',
      '~',
      '1e3',
    ),
    fc.string({ maxLength: 8 }),
  )
  const comment = fc.option(fc.constantFrom('note', ' two\n three', ' x: y', ''), { nil: undefined })
  const kanaal = fc.record({ filters: fc.array(word, { maxLength: 3 }), documentatieLink: word }, { requiredKeys: [] })
  const document = fc.record(
    {
      tokens: fc.record({ leeway: word, maxAge: word }, { requiredKeys: [] }),
      kanalen: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), kanaal, { maxKeys: 3 }),
      'x-data': fc.dictionary(word, fc.oneof(word, fc.array(word), fc.integer(), fc.boolean(), fc.constant(null))),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(
      document,
      fc.array(comment, { minLength: 6 }),
      fc.integer({ min: 0, max: 6 }),
      async (content, comments, indent) => {
        const lines = (
          HEAD +
          (Object.keys(content).length === 0 ? '' : stringify(content, { indent: Math.max(1, indent), lineWidth: 0 }))
        ).split('\n')
        const text = lines
          .flatMap((line, i) => {
            const said = /[|>"'\\]/.test(lines.join('')) ? undefined : comments[i % comments.length]
            const margin = /^ */.exec(line)![0]
            return said === undefined ? [line] : [...said.split('\n').map((part) => `${margin}#${part}`), line]
          })
          .join('\n')
        const formatted = formatText(text)
        // A text that cannot be laid out safely is left alone; that has to be rare.
        fc.pre(formatted !== undefined)
        t.equal(formatText(formatted), formatted)
        t.strictSame((await readText(formatted)).states.map(essence), (await readText(text)).states.map(essence))
      },
    ),
    { numRuns: 200, maxSkipsPerRun: 5 },
  )
})
