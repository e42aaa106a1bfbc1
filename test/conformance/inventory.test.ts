// Every test of Open Notificaties has its place here, and the place is there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../src/common/package-root.ts'
import { ASSERTIONS, ON_FILES, summaryOf } from './inventory.ts'
import { conformanceReadme } from './readme.ts'

const FOLDER = join(packageRoot, 'test/conformance')

/** The names of the tests in one of our files that are called after one of Open Notificaties. */
function namesIn(file: string): string[] {
  const path = join(FOLDER, file)
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  return [...text.matchAll(/['"`]((?:[A-Z]\w*\.)?test_\w+): ./g)].map(([, name = '']) => name)
}

void t.test('all 181 assertions are here, each once', async (t) => {
  t.comment(`conformance: ${summaryOf(ASSERTIONS)}`)
  t.equal(ASSERTIONS.length, 181)
  t.equal(new Set(ASSERTIONS.map(({ file, test }) => `${file} ${test}`)).size, 181)
  for (const { file, count } of ON_FILES) {
    t.equal(ASSERTIONS.filter((each) => each.file === file).length, count, file)
  }
})

void t.test('each test that is named exists, once', async (t) => {
  const wanted = ASSERTIONS.flatMap(({ test, in: ours }) => (ours === undefined ? [] : [{ test, ours }]))
  for (const { test, ours } of wanted) {
    t.equal(namesIn(ours).filter((name) => name === test).length, 1, `${ours}: ${test}`)
  }
})

void t.test("each test here that has the name of one of Open Notificaties' is named", async (t) => {
  const named = new Set(ASSERTIONS.map(({ test, in: ours }) => `${ours} ${test}`))
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'))
  const unnamed = files
    .flatMap((file) => namesIn(file).map((name) => `${file} ${name}`))
    .filter((name) => !named.has(name))
  t.strictSame(unnamed, [])
})

void t.test('README.md is what `npm run conformance` writes', async (t) => {
  t.equal(readFileSync(join(FOLDER, 'README.md'), 'utf8'), conformanceReadme())
})
