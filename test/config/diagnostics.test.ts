// The golden stories of test/fixtures/diagnostics: a mistake and exactly what is said of it. Each
// `c4n4ry` in a document is a secret, and may not come out.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { renderDiagnostics } from '../../src/cli/views/diagnostics.ts'
import { styleFor } from '../../src/cli/views/style.ts'
import { packageRoot } from '../../src/common/package-root.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { assertNoLeak } from '../support/canary.ts'

const FIXTURES = join(packageRoot, 'test/fixtures/diagnostics')

for (const story of readdirSync(FIXTURES)) {
  void t.test(`${story} is reported as expected, without a secret`, async (t) => {
    const cwd = join(FIXTURES, story)
    const files = readdirSync(cwd).filter((file) => file.endsWith('.yaml'))
    const { diagnostics } = await readConfiguration(files, { cwd, environment: {} })
    t.equal(renderDiagnostics(diagnostics, styleFor(false)), readFileSync(join(cwd, 'expected.txt'), 'utf8'))
    assertNoLeak(t, JSON.stringify(diagnostics), 'the diagnostics as data')
  })
}

void t.test('every id that the code can give has a story', async (t) => {
  const told = readdirSync(FIXTURES)
    .map((story) => readFileSync(join(FIXTURES, story, 'expected.txt'), 'utf8'))
    .join('')
  const elsewhere = new Set([
    'file/unreadable',
    'secret/unresolved',
    'secret/weak',
    'secret/reused',
    'secret/trailing-newline',
  ])
  const missing = idsInSource().filter((id) => !told.includes(`[${id}]`) && !elsewhere.has(id))
  t.strictSame(missing, [])
})

function idsInSource(): string[] {
  const folder = join(packageRoot, 'src/config')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('')
  return [...new Set([...text.matchAll(/(?:id: |report\(|RANK.*|  )'([a-z-]+\/[a-z-]+)'/g)].map((match) => match[1]!))]
}
