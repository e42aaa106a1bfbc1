import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { schemaReference } from '../schema/reference.ts'
import { packageRoot } from '../src/common/package-root.ts'
import { readConfiguration } from '../src/config/read-configuration.ts'
import { schemaText } from '../src/config/schema.ts'

const at = (path: string): string => join(packageRoot, path)

void t.test('schema/ is what `npm run schema` writes', async (t) => {
  t.equal(readFileSync(at('schema/bode.schema.json'), 'utf8'), schemaText())
  t.equal(readFileSync(at('schema/README.md'), 'utf8'), schemaReference())
})

void t.test('every key has a title and a description, and every object refuses other keys', async (t) => {
  const incomplete: string[] = []
  visit(JSON.parse(schemaText()) as Node, '', (path, node) => {
    if (path !== '' && (!node['title'] || !node['markdownDescription'])) incomplete.push(path)
    if (node['properties'] !== undefined && node['additionalProperties'] !== false) incomplete.push(`${path} is open`)
  })
  t.strictSame(incomplete, [])
})

for (const example of readdirSync(at('examples'), { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  void t.test(`examples/${example.name} is valid without a warning, and editors find the schema`, async (t) => {
    const cwd = at(join('examples', example.name))
    const { states, diagnostics } = await readConfiguration(['.'], { cwd, environment: {} })
    t.strictSame(diagnostics, [])
    t.equal(states.length, 1)
    for (const file of readdirSync(cwd).filter((name) => name.endsWith('.yaml'))) {
      const [first] = readFileSync(join(cwd, file), 'utf8').split('\n')
      t.equal(first, '# yaml-language-server: $schema=../../schema/bode.schema.json', file)
    }
  })
}

type Node = { [key: string]: unknown }

/** Every schema that describes a key. */
function visit(node: Node, path: string, see: (path: string, node: Node) => void): void {
  see(path, node)
  for (const [key, value] of Object.entries((node['properties'] ?? {}) as Record<string, Node>)) {
    // `type` of auth is the choice itself; its branch has the words.
    if (!('const' in value) || path === '') visit(value, `${path}.${key}`, see)
  }
  for (const key of ['additionalProperties', 'items', 'then', 'else']) {
    const value = node[key] as Node | undefined
    if (typeof value === 'object' && 'properties' in value) visit(value, `${path}.*`, see)
  }
  for (const branch of (node['oneOf'] ?? []) as Node[]) visit(branch, `${path}|`, see)
}
