import t from 'tap'
import { deprecations } from '../../src/config/deprecations.ts'
import { configurationSchema } from '../../src/config/schema.ts'
import { sourceOf } from '../../src/config/source.ts'
import { parseSource } from '../../src/config/yaml-tree.ts'
import { HEADER } from '../support/configuration.ts'

const old = { deprecated: true, 'x-since': '1.4', 'x-replacedBy': 'new: …' }
const SCHEMA = {
  properties: {
    plain: old,
    bare: { deprecated: true },
    map: { additionalProperties: { properties: { old, fine: {} } } },
    list: { items: { properties: { old } } },
    choice: { oneOf: [{ properties: { a: old } }, { properties: { b: {} } }] },
    // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
    either: { if: {}, then: { properties: { a: old } }, else: { properties: { b: old } } },
  },
}

const cases: [string, string[]][] = [
  ['plain: 1', ['plain is since 1.4 write new: …']],
  ['bare: 1', ['bare']],
  ['map: { x: { old: 1, fine: 1 }, y: { old: 2 } }', ['map.x.old', 'map.y.old']],
  ['list: [{ old: 1 }, {}, { old: 1 }]', ['list.0.old', 'list.2.old']],
  ['choice: { a: 1, b: 1 }', ['choice.a']],
  ['either: { a: 1, b: 1 }', ['either.a', 'either.b']],
  ['fine: 1\nmap: { x: 1 }\nlist: 1', []],
]
for (const [text, expected] of cases) {
  void t.test(`${JSON.stringify(text)}: ${expected.length} deprecated`, async (t) => {
    const found = deprecations(parseSource(sourceOf('a.yaml', text)).parts[0]!.root, SCHEMA)
    t.strictSame(
      found.map(({ path }) => path),
      expected.map((line) => line.split(' ')[0]),
    )
    t.ok(found.every(({ severity, id }) => severity === 'warning' && id === 'document/deprecated'))
  })
}

void t.test('it says since when, and what to write, at the key', async (t) => {
  const [found] = deprecations(parseSource(sourceOf('a.yaml', 'fine: 1\nplain: 1')).parts[0]!.root, SCHEMA)
  t.match(found, {
    message: '"plain" is deprecated since 1.4',
    label: 'write new: …',
    position: { file: 'a.yaml', line: 2, column: 1, length: 5 },
  })
})

void t.test('nothing is deprecated in this version', async (t) => {
  const text = `${HEADER}kanalen: { a: {} }\n`
  t.strictSame(deprecations(parseSource(sourceOf('a.yaml', text)).parts[0]!.root, configurationSchema), [])
})
