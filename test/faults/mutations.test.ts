import t from 'tap'
import { copyTree, type Watch } from './mutant.ts'
import { MUTATIONS } from './mutations.ts'

// The tests are tested: each break of the source is noticed by the test that is there for it, and by nothing else
// than the break, because the same test passes on the same copy without it.
t.setTimeout(600_000)
const tree = copyTree()
t.teardown(() => tree.remove())

void t.test('the copy passes unbroken', async (t) => {
  const most = Math.max(...MUTATIONS.map(({ watch }) => ('schedules' in watch ? watch.schedules : 0)))
  for (const watch of [...testsByFile(), { schedules: most }]) {
    const { verdict, output } = await tree.run(watch)
    t.equal(verdict, 'passed', nameOf(watch), verdict === 'passed' ? {} : { output: output.slice(-3_000) })
  }
})

for (const { name, edits, watch } of MUTATIONS) {
  void t.test(`noticed: ${name}`, async (t) => {
    tree.mutate(edits)
    const { verdict, output } = await tree.run(watch)
    t.equal(verdict, 'failed', nameOf(watch), verdict === 'failed' ? {} : { output: output.slice(-1_000) })
  })
}

/** The watches that are tests, those of one file in one run. */
function testsByFile(): Watch[] {
  const files = new Map<string, Set<string>>()
  for (const { watch } of MUTATIONS) {
    if ('schedules' in watch) continue
    files.set(watch.file, (files.get(watch.file) ?? new Set()).add(watch.test.replace(/^\/|\/$/g, '')))
  }
  return [...files].map(([file, tests]) => ({ file, test: `/${[...tests].join('|')}/` }))
}

function nameOf(watch: Watch): string {
  return 'schedules' in watch ? `${watch.schedules} schedules` : `${watch.file}: ${watch.test}`
}
