// The golden stories of test/fixtures/diagnostics: a mistake and exactly what is said of it, plain and
// coloured. Each `c4n4ry` in a document is a secret, and may not come out. TAP_SNAPSHOT=1 writes what is
// expected; read it before it is committed.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { renderDiagnostics } from '../../src/cli/views/diagnostics.ts'
import { styleFor } from '../../src/cli/views/style.ts'
import type { Diagnostic } from '../../src/common/diagnostics.ts'
import type { Environment } from '../../src/common/environment.ts'
import { packageRoot } from '../../src/common/package-root.ts'
import { deprecations } from '../../src/config/deprecations.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { resolveSecrets } from '../../src/config/resolve.ts'
import { assertNoLeak } from '../support/canary.ts'

const FIXTURES = join(packageRoot, 'test/fixtures/diagnostics')

/** How a story is read when it is not just every file beside it; `story.json`. */
type Story = {
  paths?: string[]
  environment?: Environment
  env?: string
  /** Look the secrets up too. */
  resolve?: true
  /** Epoch ms at which they are looked up. */
  now?: number
  /** Keys that are deprecated in this story, for the schema has none. */
  deprecated?: object
}

for (const name of readdirSync(FIXTURES)) {
  void t.test(`${name} is reported as expected, without a secret`, async (t) => {
    const cwd = join(FIXTURES, name)
    const diagnostics = await tell(cwd)
    for (const [file, colour] of [
      ['expected.txt', false],
      ['expected.ansi.txt', true],
    ] as const) {
      // Secrets are looked up in files by their whole path.
      const shown = renderDiagnostics(diagnostics, styleFor(colour)).replaceAll(`${cwd}/`, '/story/')
      if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(join(cwd, file), shown)
      t.equal(shown, readFileSync(join(cwd, file), 'utf8'), file)
    }
    assertNoLeak(t, JSON.stringify(diagnostics), 'the diagnostics as data')
  })
}

void t.test('every id that the code can give has a story', async (t) => {
  const told = readdirSync(FIXTURES)
    .map((story) => readFileSync(join(FIXTURES, story, 'expected.txt'), 'utf8'))
    .join('')
  const missing = idsInSource().filter((id) => !told.includes(`[${id}]`))
  t.strictSame(missing, [])
})

async function tell(cwd: string): Promise<Diagnostic[]> {
  const at = join(cwd, 'story.json')
  const story = (existsSync(at) ? JSON.parse(readFileSync(at, 'utf8')) : {}) as Story
  const { paths = readdirSync(cwd).filter((file) => file.endsWith('.yaml')), environment = {}, env } = story
  const { diagnostics, states, documents, frame } = await readConfiguration(paths, { cwd, environment, env })
  if (story.deprecated !== undefined) return frame(deprecations(documents[0]!.root, story.deprecated))
  if (story.resolve === undefined) return diagnostics
  return [
    ...diagnostics,
    ...frame((await resolveSecrets(states, { cwd, environment, now: story.now ?? 0 })).diagnostics),
  ]
}

function idsInSource(): string[] {
  const folder = join(packageRoot, 'src/config')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('convert'),
  )
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('')
  return [...new Set([...text.matchAll(/(?:id: |report\(|RANK.*|  )'([a-z-]+\/[a-z-]+)'/g)].map((match) => match[1]!))]
}
