import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openApiText } from '../schema/openapi.ts'
import { schemaReference } from '../schema/reference.ts'
import { packageRoot } from '../src/common/package-root.ts'
import { readConfiguration } from '../src/config/read-configuration.ts'
import { schemaText } from '../src/config/schema.ts'

const at = (path: string): string => join(packageRoot, path)

void t.test('schema/ is what `npm run schema` writes', async (t) => {
  t.equal(readFileSync(at('schema/bode.schema.json'), 'utf8'), schemaText())
  t.equal(readFileSync(at('schema/README.md'), 'utf8'), schemaReference())
  t.equal(readFileSync(at('schema/openapi.json'), 'utf8'), await openApiText())
})

void t.test('every key has a title and a description, and every object refuses other keys', async (t) => {
  const incomplete: string[] = []
  visit(JSON.parse(schemaText()) as Node, '', (path, node) => {
    if (path !== '' && (!node['title'] || !node['markdownDescription'])) incomplete.push(path)
    if (node['properties'] !== undefined && node['additionalProperties'] !== false) incomplete.push(`${path} is open`)
  })
  t.strictSame(incomplete, [])
})

void t.test(
  'every node that an editor can show has words, and the Markdown ones are the plain ones with marks',
  async (t) => {
    const incomplete: string[] = []
    const check = (node: Node, path: string): void => {
      const { title, description, markdownDescription } = node as Record<string, string | undefined>
      if (!title || !description || !markdownDescription) incomplete.push(path)
      else if (markdownDescription.replaceAll('`', '') !== description) incomplete.push(`${path} says two things`)
    }
    const walk = (node: Node, path: string): void => {
      for (const [key, member] of Object.entries((node['properties'] ?? {}) as Record<string, Node>)) {
        check(member, `${path}.${key}`)
        walk(member, `${path}.${key}`)
      }
      for (const key of ['additionalProperties', 'items', 'then', 'else']) {
        const member = node[key] as Node | undefined
        if (typeof member === 'object' && 'properties' in member) check(member, `${path}.${key}`)
        if (typeof member === 'object') walk(member, `${path}.${key}`)
      }
      for (const branch of (node['oneOf'] ?? []) as Node[]) walk(branch, `${path}|`)
    }
    walk(JSON.parse(schemaText()) as Node, '')
    t.strictSame(incomplete, [])
  },
)

const documents = readdirSync(at('examples')).filter((name) => existsSync(at(join('examples', name, 'bode.yaml'))))
for (const name of documents) {
  void t.test(`examples/${name} is valid without a warning, and editors find the schema`, async (t) => {
    const cwd = at(join('examples', name))
    // Below pipelines are files of other programs too.
    const paths = name === 'pipelines' ? ['bode.yaml'] : ['.']
    const { states, diagnostics } = await readConfiguration(paths, { cwd, environment: {} })
    t.strictSame(diagnostics, [])
    t.equal(states.length, 1)
    for (const file of readdirSync(cwd).filter((entry) => entry.endsWith('.yaml'))) {
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
