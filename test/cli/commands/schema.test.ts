import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { schemaText } from '../../../src/config/schema.ts'
import { runCli } from '../../support/cli.ts'

void t.test('the schema goes to stdout, the same in both formats', async (t) => {
  t.match(await runCli(['schema']), { exit: 0, stdout: schemaText(), stderr: '' })
  t.equal((await runCli(['schema', '--format', 'json'])).stdout, schemaText())
})

void t.test('--write puts it into a directory, which is made', async (t) => {
  const cwd = t.testdir({})
  const { exit, stdout } = await runCli(['schema', '--write', 'deep/er'], { cwd })
  t.match([exit, stdout], [0, /^wrote deep\/er\/bode\.schema\.json\n.*\$schema=/])
  t.equal(readFileSync(join(cwd, 'deep/er/bode.schema.json'), 'utf8'), schemaText())
})

void t.test('a directory that cannot be made is exit 3 with the reason', async (t) => {
  const cwd = t.testdir({})
  writeFileSync(join(cwd, 'file'), '')
  t.match(await runCli(['schema', '--write', 'file'], { cwd }), {
    exit: 3,
    stderr: /cannot write file\/bode\.schema\.json/,
  })
})
