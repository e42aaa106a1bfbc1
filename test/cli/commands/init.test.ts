import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../../src/common/package-root.ts'
import { schemaText } from '../../../src/config/schema.ts'
import { newMasterKey } from '../../../src/secrets/master-key.ts'
import { runCli } from '../../support/cli.ts'
import { onEachDatabase } from '../../support/databases.ts'

onEachDatabase(t, 'what init writes validates without a warning, plans and applies', async (t, url) => {
  const cwd = t.testdir({})
  const environment = { DATABASE_URL: url, BODE_MASTER_KEY: newMasterKey() }
  const init = await runCli(['init', '.', '--name', 'gemeente-voorbeeld'], { cwd })
  t.match(init, { exit: 0, stderr: '', stdout: /\+ bode\.yaml\n\+ bode\.schema\.json\n[^]*1\.[^]*2\.[^]*3\./ })
  t.equal(readFileSync(join(cwd, 'bode.schema.json'), 'utf8'), schemaText())
  t.match(readFileSync(join(cwd, 'bode.yaml'), 'utf8'), /^# yaml-language-server: \$schema=\.\/bode\.schema\.json\n/)
  t.strictSame(await runCli(['validate'], { cwd }), {
    exit: 0,
    stdout: 'valid: gemeente-voorbeeld (1 object in 1 file; no errors)\n',
    stderr: '',
  })
  t.match(await runCli(['plan'], { cwd, environment }), { exit: 0, stdout: /\+ kanalen\.zaken/ })
  t.match(await runCli(['apply', '--auto-approve'], { cwd, environment }), { exit: 0 })
})

void t.test('what stands in the starter as comments is valid too', async (t) => {
  const cwd = t.testdir({})
  await runCli(['init'], { cwd })
  const text = readFileSync(join(cwd, 'bode.yaml'), 'utf8')
  const full = text.replaceAll(/^# (?= {2}|[a-z]\w*:$)/gm, '')
  t.match(full, /^clientCredentials:\n {2}open-zaak:\n[^]*^abonnementen:\n/m)
  const folder = t.testdir({ 'bode.yaml': full })
  t.match(await runCli(['validate'], { cwd: folder }), {
    exit: 0,
    stdout: /3 objects in 1 file; no errors/,
    stderr: '',
  })
})

void t.test('the name is the directory, as far as it can be one', async (t) => {
  const cwd = t.testdir({ 'Gemeente Voorbeeld (test)': {}, '---': {} })
  for (const [folder, name] of [
    ['Gemeente Voorbeeld (test)', 'gemeente-voorbeeld-test'],
    ['./---', 'bode'],
    ['new', 'new'],
  ] as const) {
    t.match(await runCli(['init', folder], { cwd }), { exit: 0 })
    t.match(readFileSync(join(cwd, folder, 'bode.yaml'), 'utf8'), `\n  name: ${name}\n`)
  }
})

void t.test('a pipeline is the recipe of examples/pipelines', async (t) => {
  const cwd = t.testdir({})
  for (const [ci, file, recipe] of [
    ['gitlab', '.gitlab-ci.yml', 'gitlab/.gitlab-ci.yml'],
    ['github', '.github/workflows/bode.yml', 'github/bode.yml'],
  ] as const) {
    t.match(await runCli(['init', ci, '--ci', ci], { cwd }), { exit: 0, stdout: `+ ${ci}/${file}` })
    const text = readFileSync(join(packageRoot, 'examples/pipelines', recipe), 'utf8')
    t.equal(readFileSync(join(cwd, ci, file), 'utf8'), text)
  }
})

void t.test('nothing is overwritten, and nothing is written beside it: exit 6', async (t) => {
  const cwd = t.testdir({ 'bode.yaml': 'mine' })
  t.match(await runCli(['init', '--ci', 'github'], { cwd }), {
    exit: 6,
    stdout: '',
    stderr: /bode\.yaml exists already; nothing was written/,
  })
  t.equal(readFileSync(join(cwd, 'bode.yaml'), 'utf8'), 'mine')
  t.notOk(existsSync(join(cwd, 'bode.schema.json')))
  t.notOk(existsSync(join(cwd, '.github')))
})

void t.test('wrong flags are exit 64; a directory that cannot be made is exit 3', async (t) => {
  const cwd = t.testdir({ file: '' })
  t.match(await runCli(['init', '--ci', 'jenkins'], { cwd }), { exit: 64, stderr: /--ci is gitlab, github, none/ })
  t.match(await runCli(['init', '--name', 'A b'], { cwd }), { exit: 64, stderr: /--name is lower-case letters/ })
  t.match(await runCli(['init', 'a', 'b'], { cwd }), { exit: 64, stderr: /one directory at a time/ })
  t.match(await runCli(['init', 'file'], { cwd }), { exit: 3, stderr: /cannot write .*file\/bode\.yaml/ })
})
