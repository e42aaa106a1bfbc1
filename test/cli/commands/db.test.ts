import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../../src/common/package-root.ts'
import { runCli } from '../../support/cli.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { query } from '../../support/postgres.ts'

onEachDatabase(t, 'db status of a migrated database lists what was applied and exits 0', async (t, url) => {
  const text = await runCli(['db', 'status', '--database-url', url])
  t.equal(text.exit, 0)
  t.match(text.stdout, /applied\s+0001_init/)
  t.match(text.stdout, /up to date/)
  const json = await runCli(['db', 'status', '--format', 'json'], { environment: { DATABASE_URL: url } })
  t.match(JSON.parse(json.stdout), { ready: true, pending: [], applied: ['0001_init'] })
  t.notMatch(json.stdout, /bode:bode/, 'no password')
})

void t.test('db migrate makes a database, and then has nothing to do', async (t) => {
  const file = join(t.testdir({}), 'new.db')
  const url = `file:${file}`
  const first = await runCli(['db', 'migrate', '--database-url', url])
  t.match(first, { exit: 0, stdout: /\+ 0001_init/ })
  t.equal(statSync(file).mode & 0o777, 0o600, 'for its owner alone')
  const second = await runCli(['db', 'migrate', '--database-url', url, '--format', 'json'])
  t.match(JSON.parse(second.stdout), { applied: [] })
})

void t.test('db migrate ends as soon as it has said that it is done (postgresql)', async (t) => {
  const admin = process.env['BODE_TEST_POSTGRES'] ?? ''
  const name = `t_${randomUUID().replaceAll('-', '')}`
  await query(admin, `CREATE DATABASE ${name}`)
  t.teardown(() => query(admin, `DROP DATABASE ${name} WITH (FORCE)`))
  const environment = { ...process.env, DATABASE_URL: admin.replace(/\/postgres$/, `/${name}`) }
  const child = spawn(process.execPath, [join(packageRoot, 'dist/bin.js'), 'db', 'migrate'], { env: environment })
  let saidAt = Infinity
  let said = ''
  child.stdout.on('data', (text) => {
    said += String(text)
    saidAt = performance.now()
  })
  const [exit] = (await once(child, 'exit')) as [number | null]
  const endedAt = performance.now()
  t.match({ exit, said }, { exit: 0, said: /\+ 0001_init[^]*is up to date/ })
  t.ok(endedAt - saidAt < 2_000, `${Math.round(endedAt - saidAt)} ms after its last line`)
})

void t.test('an empty SQLite file is not migrated: exit 8 and the command to run', async (t) => {
  const folder = t.testdir({ 'empty.db': '' })
  const { exit, stdout } = await runCli(['db', 'status', '--database-url', `file:${folder}/empty.db`])
  t.equal(exit, 8)
  t.match(stdout, /run bode db migrate/)
})

void t.test('db migrate says that the directory is not there: exit 8', async (t) => {
  const { exit, stderr } = await runCli(['db', 'migrate', '--database-url', 'file:/nowhere/bode.db'])
  t.match({ exit, stderr }, { exit: 8, stderr: /^error: [^\n]*the directory does not exist\n$/ })
})

const absent: [string, RegExp][] = [
  ['file:/nowhere/bode.db', /^error: there is no database \/nowhere\/bode\.db; make it with: bode db migrate\n$/],
  [
    'postgresql://bode:pw@127.0.0.1:1/x',
    /^error: cannot open the database postgresql:\/\/127\.0\.0\.1:1\/x: \S[^\n]*\n$/,
  ],
]
for (const [url, stderr] of absent) {
  void t.test(`db status says in one line that nothing is at ${url.split(':')[0]}: exit 8`, async (t) => {
    t.match(await runCli(['db', 'status', '--database-url', url]), { exit: 8, stdout: '', stderr })
  })
}
