import t from 'tap'
import { runCli } from '../../support/cli.ts'
import { HEADER, overlay } from '../../support/configuration.ts'

const FILES = {
  'bode.yaml': `${HEADER}tokens: { maxAge: "\${AGE:-1h}" }\n`,
  'productie.yaml': overlay('acceptatie', 'publicUrl: https://n.local/'),
}

void t.test('render writes what is applied, with where it comes from', async (t) => {
  const cwd = t.testdir(FILES)
  t.match(await runCli(['render'], { cwd }), {
    exit: 0,
    stdout: `apiVersion: bode/v1
kind: Configuration
metadata:
  name: test

tokens:
  maxAge: 1h
`,
  })
  t.match(
    await runCli(['render', '-f', '.', '--env', 'acceptatie', '--origins'], { cwd, environment: { AGE: '2h' } }),
    {
      exit: 0,
      stdout:
        /environment: acceptatie # productie\.yaml:3\n\ntokens:\n {2}maxAge: 2h # bode\.yaml:4\n\npublicUrl: https:\/\/n\.local\/ # productie\.yaml:6\n$/,
    },
  )
})

void t.test('render --format json gives documents and the place of each value by pointer', async (t) => {
  const cwd = t.testdir({ ...FILES, 'other.yaml': HEADER.replace('test', 'other') })
  const args = ['render', '-f', 'bode.yaml', '-f', 'other.yaml', '--origins', '--format', 'json']
  const { stdout } = await runCli(args, { cwd })
  t.match(JSON.parse(stdout), {
    documents: [{ metadata: { name: 'test' }, tokens: { maxAge: '1h' } }, { metadata: { name: 'other' } }],
    origins: {
      '/0/tokens/maxAge': { file: 'bode.yaml', line: 4, column: 19 },
      '/1/metadata/name': { file: 'other.yaml', line: 3 },
    },
  })
})

void t.test('two configurations are two documents', async (t) => {
  const cwd = t.testdir({ ...FILES, 'other.yaml': HEADER.replace('test', 'other') })
  const { stdout } = await runCli(['render', '-f', 'bode.yaml', '-f', 'other.yaml'], { cwd })
  t.equal(stdout.split('---\n').length, 2)
})

for (const [what, args] of [
  ['an environment that does not exist', ['--env', 'productie', '-f', '.']],
  ['a file that is not there', ['-f', 'none.yaml']],
] as const) {
  void t.test(`${what} is exit 3`, async (t) => {
    t.match(await runCli(['render', ...args], { cwd: t.testdir(FILES) }), { exit: 3, stdout: '' })
  })
}

void t.test('render takes no argument', async (t) => {
  t.match(await runCli(['render', 'bode.yaml'], { cwd: t.testdir(FILES) }), { exit: 64 })
})
