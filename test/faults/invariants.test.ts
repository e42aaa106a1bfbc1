import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const here = import.meta.dirname
/** The cells of each row: number, promise, tests, commands. */
const rows = readFileSync(join(here, 'README.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| I\d+ /.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))

void t.test('every test that README.md names is there', async (t) => {
  for (const [, invariant = '', , tests = ''] of rows) {
    const named = [...tests.matchAll(/`([\w./-]+\.test\.ts)`(?:: ([^<]+))?/g)]
    t.ok(named.length > 0, invariant)
    for (const [, file = '', name = ''] of named) {
      const path = join(here, file)
      t.ok(existsSync(path) && readFileSync(path, 'utf8').includes(name), `${file}: ${name}`)
    }
  }
})

void t.test('every command that README.md names is there', async (t) => {
  const run = readFileSync(join(here, 'run.ts'), 'utf8')
  const commands = rows.flatMap((cells) => cells[4]?.match(/(?<=`--)[a-z]+(?=`)/g) ?? [])
  for (const kind of new Set(commands)) t.match(run, new RegExp(`^  ${kind}: \\{$`, 'm'), kind)
})
