import { join } from 'node:path'
import t from 'tap'
import { onEachDatabase } from '../../support/databases.ts'
import { runCli } from '../../support/cli.ts'

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
  const url = `file:${join(t.testdir({}), 'new.db')}`
  const first = await runCli(['db', 'migrate', '--database-url', url])
  t.match(first, { exit: 0, stdout: /\+ 0001_init/ })
  const second = await runCli(['db', 'migrate', '--database-url', url, '--format', 'json'])
  t.match(JSON.parse(second.stdout), { applied: [] })
})

void t.test('an empty SQLite file is not migrated: exit 8 and the command to run', async (t) => {
  const folder = t.testdir({ 'empty.db': '' })
  const { exit, stdout } = await runCli(['db', 'status', '--database-url', `file:${folder}/empty.db`])
  t.equal(exit, 8)
  t.match(stdout, /run bode db migrate/)
})
