import t from 'tap'
import { HEADER, overlay } from '../../support/configuration.ts'
import { runCli } from '../../support/cli.ts'

const VALID = `${HEADER}kanalen: { zaken: {} }\n`

void t.test('a valid document is exit 0, with its name and what is in it', async (t) => {
  const { exit, stdout, stderr } = await runCli(['validate'], { cwd: t.testdir({ 'bode.yaml': VALID }) })
  t.strictSame([exit, stdout, stderr], [0, 'valid: test (1 object in 1 file; no errors)\n', ''])
})

void t.test('warnings leave a document valid', async (t) => {
  const text = `${HEADER}clientCredentials: { zac: { secret: { env: ZAC } } }\n`
  const { exit, stdout, stderr } = await runCli(['validate', '-f', '.'], { cwd: t.testdir({ 'a.yaml': text }) })
  t.match([exit, stdout], [0, /in 1 file; 1 warning\)/])
  t.match(stderr, /^warning\[client\/no-scopes\]/)
})

void t.test('an invalid document is exit 3 in every format', async (t) => {
  const cwd = t.testdir({ 'bode.yaml': `${VALID}nonsense: 1\n` })
  const human = await runCli(['validate'], { cwd })
  t.match(human, {
    exit: 3,
    stdout: '',
    stderr: /error\[schema\/unknown-key\][^]*bode\.yaml:5:1[^]*1 error in 1 file\n$/,
  })
  const machine = await runCli(['validate', '--format', 'json'], { cwd })
  t.equal(machine.exit, 3)
  t.match(JSON.parse(machine.stdout), {
    valid: false,
    errors: 1,
    warnings: 0,
    diagnostics: [{ id: 'schema/unknown-key', position: { file: 'bode.yaml', line: 5, column: 1, length: 8 } }],
  })
})

void t.test('a missing file is exit 3 and named', async (t) => {
  t.match(await runCli(['validate', '-f', 'none.yaml']), {
    exit: 3,
    stderr: /cannot read none\.yaml: it does not exist/,
  })
})

void t.test('the document may come from standard input', async (t) => {
  t.match(await runCli(['validate', '-f', '-'], { input: VALID }), { exit: 0 })
  t.match(await runCli(['validate', '-f', '-'], { input: '' }), { exit: 3, stderr: /<stdin> is empty/ })
})

void t.test('a file is not an argument', async (t) => {
  t.match(await runCli(['validate', 'bode.yaml']), { exit: 64, stderr: /unexpected "bode\.yaml"; .*--file/ })
})

void t.test('--env checks what becomes of the configuration in that environment', async (t) => {
  const cwd = t.testdir({
    'bode.yaml': HEADER,
    'acceptatie.yaml': overlay('acceptatie', 'publicUrl: https://n.local/'),
    'stuk.yaml': overlay('stuk', 'clientCredentials: { zac: { scopes: [] } }'),
  })
  t.match(await runCli(['validate', '-f', '.', '--env', 'acceptatie'], { cwd }), { exit: 0, stdout: /1 object in 3/ })
  t.match(await runCli(['validate', '-f', '.'], { cwd }), { exit: 0, stdout: /0 objects in 3/ })
  t.match(await runCli(['validate', '-f', '.', '--env', 'stuk'], { cwd }), { exit: 3, stderr: /lacks secret/ })
  t.match(await runCli(['validate', '-f', '.', '--env', 'prod'], { cwd }), { exit: 3, stderr: /acceptatie, stuk/ })
  t.match(await runCli(['validate', '-f', 'acceptatie.yaml'], { cwd }), { exit: 0, stdout: /1 object in 2/ })
})
