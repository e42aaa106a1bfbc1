import { lstatSync, readdirSync, readFileSync, statSync, symlinkSync, chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../../src/common/package-root.ts'
import { assertNoLeak } from '../../support/canary.ts'
import { runCli } from '../../support/cli.ts'
import { HEADER } from '../../support/configuration.ts'

const TIDY = `${HEADER}\nkanalen: {}\n`
const UNTIDY = `${HEADER}kanalen:   {}\n`

void t.test('fmt lays files out in place, and twice is once', async (t) => {
  const cwd = t.testdir({ 'bode.yaml': UNTIDY, conf: { 'a.yaml': UNTIDY, 'b.yaml': TIDY } })
  t.match(await runCli(['fmt'], { cwd }), { exit: 0, stdout: 'laid out: bode.yaml\n', stderr: '' })
  t.equal(readFileSync(join(cwd, 'bode.yaml'), 'utf8'), TIDY)
  t.match(await runCli(['fmt', 'bode.yaml', 'conf'], { cwd }), { stdout: 'laid out: conf/a.yaml\n' })
  t.match(await runCli(['fmt', '.'], { cwd }), { exit: 0, stdout: 'laid out: 3 files\n' })
})

void t.test('fmt --check writes nothing, exits 2 and names the files', async (t) => {
  const cwd = t.testdir({ 'a.yaml': UNTIDY, 'b.yaml': TIDY })
  t.match(await runCli(['fmt', '--check', '.'], { cwd }), { exit: 2, stdout: 'would be laid out otherwise: a.yaml\n' })
  t.equal(readFileSync(join(cwd, 'a.yaml'), 'utf8'), UNTIDY)
  t.match(await runCli(['fmt', '--check', 'b.yaml'], { cwd }), { exit: 0 })
  const { stdout, exit } = await runCli(['fmt', '--check', '.', '--format', 'json'], { cwd })
  t.equal(exit, 2)
  t.match(JSON.parse(stdout), { changed: ['a.yaml'], files: 2, written: false })
})

void t.test('fmt - goes from standard input to standard output', async (t) => {
  t.match(await runCli(['fmt', '-'], { input: UNTIDY }), { exit: 0, stdout: TIDY })
  t.match(await runCli(['fmt', '--check', '-'], { input: UNTIDY }), { exit: 2 })
})

void t.test('a file that is not YAML is refused, and no file is written', async (t) => {
  const cwd = t.testdir({
    'a.yaml': UNTIDY,
    'b.yaml': `${HEADER}clientCredentials:\n  zac:\n    secret: "c4n4ry\n`,
    'c.yaml': `${HEADER}clientCredentials: { zac: { secret: c4n4ry }, zac: { secret: c4n4ry } }\n`,
  })
  const { exit, stderr } = await runCli(['fmt', '.', 'none.yaml'], { cwd })
  t.equal(exit, 3)
  for (const id of ['yaml/syntax', 'yaml/duplicate-key', 'file/unreadable']) t.match(stderr, id)
  assertNoLeak(t, stderr, 'stderr')
  t.equal(readFileSync(join(cwd, 'a.yaml'), 'utf8'), UNTIDY)
})

void t.test('a link stays a link, a mode stays, and nothing is left behind', async (t) => {
  const cwd = t.testdir({ real: { 'bode.yaml': UNTIDY } })
  symlinkSync(join(cwd, 'real', 'bode.yaml'), join(cwd, 'bode.yaml'))
  chmodSync(join(cwd, 'real', 'bode.yaml'), 0o640)
  t.match(await runCli(['fmt'], { cwd }), { exit: 0 })
  t.ok(lstatSync(join(cwd, 'bode.yaml')).isSymbolicLink())
  t.equal(statSync(join(cwd, 'bode.yaml')).mode & 0o777, 0o640)
  t.equal(readFileSync(join(cwd, 'real', 'bode.yaml'), 'utf8'), TIDY)
  t.strictSame(readdirSync(join(cwd, 'real')), ['bode.yaml'])
})

void t.test('files of something else are left alone', async (t) => {
  const cwd = t.testdir({ 'ci.yaml': 'on:   push\n' })
  t.match(await runCli(['fmt', '.'], { cwd }), { exit: 0 })
  t.equal(readFileSync(join(cwd, 'ci.yaml'), 'utf8'), 'on:   push\n')
})

void t.test('the examples are laid out as fmt does it', async (t) => {
  t.match(await runCli(['fmt', '--check', 'examples'], { cwd: packageRoot }), { exit: 0 })
})
