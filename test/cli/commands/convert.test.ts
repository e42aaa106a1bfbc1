import { copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { packageRoot } from '../../../src/common/package-root.ts'
import { assertNoLeak } from '../../support/canary.ts'
import { runCli } from '../../support/cli.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { workplace, type Workplace } from '../../support/documents.ts'

const FIXTURE = join(packageRoot, 'test/fixtures/open-notificaties/data.yaml')
const CONVERT = ['convert', '--from', 'open-notificaties', 'data.yaml', '--name', 'gemeente']

/** A folder with the setup_configuration file of the fixture in it. */
function place(t: Test, url = 'file:./none.db'): Workplace {
  const work = workplace(t, url)
  copyFileSync(FIXTURE, join(work.folder, 'data.yaml'))
  return work
}

onEachDatabase(t, 'a setup_configuration file is converted, validated and applied', async (t, url) => {
  const { bode, folder } = place(t, url)
  const environment = { ZAC_CLIENT_SECRET: 'c4n4ry-zac-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }
  const converted = await bode([...CONVERT, '--out', 'new', '--secrets-out', 'files:new/secrets'], { environment })
  t.match(converted, {
    exit: 0,
    stdout:
      /^Wrote new\/bode\.yaml\.\nWrote 5 files with secrets.*\n\nProvide .*\n {2}ZAC_CLIENT_SECRET {2}clientCredentials\.zac\.secret\n/,
  })
  for (const file of readdirSync(join(folder, 'new/secrets'))) {
    t.equal(statSync(join(folder, 'new/secrets', file)).mode & 0o777, 0o600, file)
  }
  t.equal(readFileSync(join(folder, 'new/secrets/ZAC_VALUE'), 'utf8'), 'c4n4ry-zac-callback')
  t.match(await bode(['fmt', '--check', 'new/bode.yaml']), { exit: 0 }, 'it is laid out as fmt does')
  const outputs = [converted]
  for (const command of [['validate'], ['plan'], ['apply', '--auto-approve']]) {
    const result = await bode([...command, '-f', 'new/bode.yaml'], { environment })
    t.equal(result.exit, 0, result.stderr)
    outputs.push(result)
  }
  t.match(await bode(['plan', '-f', 'new/bode.yaml', '--detailed-exitcode'], { environment }), {
    exit: 0,
    stdout: /^No changes\. 11 objects/,
  })
  for (const { stdout, stderr } of outputs) assertNoLeak(t, stdout + stderr, 'what a person sees')
  assertNoLeak(t, readFileSync(join(folder, 'new/bode.yaml')), 'the document')
})

void t.test('by default the document goes to stdout, and no value of a secret anywhere', async (t) => {
  const { bode, folder } = place(t)
  const before = readdirSync(folder)
  const text = await bode(CONVERT)
  t.equal(text.exit, 0)
  t.equal(text.stdout, readFileSync(join(packageRoot, 'test/fixtures/open-notificaties/bode.yaml'), 'utf8'))
  t.equal(text.stderr, readFileSync(join(packageRoot, 'test/fixtures/open-notificaties/warnings.txt'), 'utf8'))
  const json = await bode([...CONVERT, '--format', 'json'])
  t.match(JSON.parse(json.stdout), {
    converted: true,
    yaml: text.stdout,
    secrets: [
      { name: 'AUTORISATIES_API_SECRET', usedBy: ['externalCredentials.autorisaties-api.secret'], known: true },
    ],
  })
  for (const format of ['json', 'markdown', 'github', 'gitlab', 'sarif']) {
    const { stdout, stderr } = await bode([...CONVERT, '--format', format])
    assertNoLeak(t, stdout + stderr, format)
  }
  t.strictSame(readdirSync(folder), before)
})

void t.test('a Kubernetes Secret has what the document refers to', async (t) => {
  const { bode, folder } = place(t)
  const { exit, stdout, stderr } = await bode([...CONVERT, '--secrets-out', 'kubernetes:k8s/secret.yaml'])
  t.equal(exit, 0, stderr)
  const file = join(folder, 'k8s/secret.yaml')
  t.equal(statSync(file).mode & 0o777, 0o600)
  const manifest = parse(readFileSync(file, 'utf8')) as { data: Record<string, string> }
  t.match(manifest, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'gemeente-secrets' }, type: 'Opaque' })
  t.equal(Buffer.from(manifest.data['ZAC_VALUE'] ?? '', 'base64').toString(), 'c4n4ry-zac-callback')
  for (const name of Object.keys(manifest.data)) t.match(stdout, `env: ${name}\n`)
  t.notOk('ZAC_CLIENT_SECRET' in manifest.data, 'whose value the source does not have')
})

void t.test('nothing is overwritten', async (t) => {
  const { bode, folder, write } = place(t)
  t.match(await bode([...CONVERT, '--out', '.']), { exit: 6, stderr: /cannot write bode\.yaml: it exists already/ })
  const files = [...CONVERT, '--out', 'a', '--secrets-out', 'files:s']
  t.equal((await bode(files)).exit, 0)
  write('mine', 'a/bode.yaml')
  t.match(await bode(files), { exit: 6, stderr: /exists already; nothing is overwritten/ })
  t.equal(readFileSync(join(folder, 'a/bode.yaml'), 'utf8'), 'mine')
  t.match(await bode([...CONVERT, '--out', 'data.yaml/x']), { exit: 3, stderr: /cannot write/ })
})

void t.test('what Open Notificaties itself refuses is not converted', async (t) => {
  const { bode, write } = place(t)
  const cases: [name: string, text: string, id: string][] = [
    [
      'a key that is missing',
      'vng_api_common_credentials_config_enable: 1\nvng_api_common_credentials: { items: [{ identifier: a }] }',
      'convert/missing',
    ],
    [
      'a service that is missing',
      'autorisaties_api_config_enable: 1\nautorisaties_api: { authorizations_api_service_identifier: x }',
      'convert/unknown-service',
    ],
    [
      'a wrong type',
      'notifications_config_enable: 1\nnotifications_config: { notification_delivery_max_retries: many }',
      'convert/wrong-type',
    ],
    ['no YAML', 'a: {', 'yaml/syntax'],
  ]
  for (const [name, text, id] of cases) {
    write(text, 'data.yaml')
    t.match(await bode(CONVERT), { exit: 3, stdout: '', stderr: new RegExp(`error\\[${id}\\]`) }, name)
    t.match(JSON.parse((await bode([...CONVERT, '--format', 'json'])).stdout), { converted: false, diagnostics: [{}] })
  }
  t.match(await bode(['convert', '--from', 'open-notificaties', 'missing.yaml']), {
    exit: 3,
    stderr: /cannot read missing\.yaml/,
  })
})

void t.test('a wrong command line says what is right', async (t) => {
  const { bode } = place(t)
  const database = ['convert', '--from', 'open-notificaties-database']
  const cases: [args: string[], message: RegExp][] = [
    [['convert', 'data.yaml'], /--from open-notificaties or --from open-notificaties-database/],
    [['convert', '--from', 'kong', 'data.yaml'], /--from is open-notificaties or/],
    [['convert', '--from', 'open-notificaties'], /name one file/],
    [[...CONVERT, 'more.yaml'], /name one file/],
    [[...CONVERT, '--import'], /only a database can be imported/],
    [[...CONVERT, '--secrets-out', 'stdout'], /env, files:DIR or kubernetes:FILE/],
    [['convert', '--from', 'open-notificaties', 'data.yaml', '--name', 'Gemeente X'], /--name is lower-case/],
    [database, /OPEN_NOTIFICATIES_DATABASE_URL/],
    [[...database, 'data.yaml'], /unexpected "data\.yaml"/],
    [[...database, '--source-url', 'postgresql://x/y', '--abonnementen', 'api'], /add --import/],
    [[...database, '--source-url', 'mysql://c4n4ry@x/y'], /postgresql:\/\//],
  ]
  for (const [args, message] of cases) {
    const { exit, stderr } = await bode(args)
    t.match({ exit, stderr }, { exit: 64, stderr: message }, String(message))
    assertNoLeak(t, stderr, String(message))
  }
})

void t.test('the file may come from standard input', async (t) => {
  const input = readFileSync(FIXTURE, 'utf8')
  const { exit, stdout, stderr } = await runCli(['convert', '--from', 'open-notificaties', '-', '--color', 'never'], {
    input,
  })
  t.equal(exit, 0)
  t.match(stdout, /^# Open Notificaties was told[^]*name: notificaties\n/)
  t.match(stderr, /--> <stdin>:23:15/)
  assertNoLeak(t, stdout + stderr, 'the output')
})
