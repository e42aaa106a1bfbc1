import t from 'tap'
import { writeServerRow } from '../../../src/db/server-row.ts'
import { freshDatabaseUrl, onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { CANARY, EVERY_KIND, workplace } from '../../support/documents.ts'

const GITLAB = { CI_PIPELINE_URL: 'https://gitlab.example.nl/p/7' }

onEachDatabase(t, 'history lists the newest generation first, with who, why and how much', async (t, url) => {
  const { bode, write } = workplace(t, url)
  t.match(await bode(['history']), { exit: 0, stdout: 'Nothing was applied yet.\n' })
  await bode(['apply', '--auto-approve', '--note', 'first'], { environment: GITLAB })
  write(EVERY_KIND.replace('10s', '9s'))
  await bode(['apply', '--auto-approve'])
  const [head] = EVERY_KIND.split('autorisaties:')
  write(`${head?.replace('gemeente', 'tweede')}kanalen:\n  besluiten: {}\n`)
  await bode(['apply', '--auto-approve'])
  const { stdout } = await bode(['history'])
  t.match(
    stdout,
    /^3 +apply +tweede [^\n]* \+1 ~0 -0 +9c1e2ab\n2 +apply +gemeente [^\n]* jan +\+0 ~1 -0 +9c1e2ab\n1 +apply/,
  )
  t.match(stdout, / +first\n +https:\/\/gitlab\.example\.nl\/p\/7\n$/)
  const json = JSON.parse((await bode(['history', '--owner', 'gemeente', '--limit', '1', '--format', 'json'])).stdout)
  t.match(json, {
    generations: [{ number: 2, owner: 'gemeente', summary: { update: 1 }, appliedAt: /^\d{4}-.*Z$/, restores: null }],
  })
  t.equal(json.generations.length, 1)
  t.match(await bode(['history', '--owner', 'gemente']), { exit: 3, stderr: /no configuration "gemente".*gemeente/ })
  t.match(await bode(['history', '--limit', 'x']), { exit: 64 })
})

onEachDatabase(t, 'show gives the plan of a generation, and the document as it was', async (t, url) => {
  const { bode, write } = workplace(t, url)
  await bode(['apply', '--auto-approve', '--note', 'first'])
  const exported = (await bode(['export'])).stdout
  write(EVERY_KIND.replace(/abonnementen:[^]*?(?=egress)/, 'abonnementen: {}\n').replace('public', 'private'))
  await bode(['apply', '--auto-approve'])
  const shown = await bode(['show', '2'])
  t.match(shown, {
    exit: 0,
    stdout: /^Generation 2 of gemeente\n[^]*commit +9c1e2ab[^]*- abonnementen\.zac\n[^]*policy/,
  })
  t.match(await bode(['show', '1']), { exit: 0, stdout: /note +first[^]*\+ kanalen\.zaken/ })
  t.match(JSON.parse((await bode(['show', '2', '--format', 'json'])).stdout), {
    number: 2,
    plan: { format: 'bode.plan/1', summary: { delete: 1, update: 1 } },
  })
  t.equal((await bode(['show', '1', '--yaml'])).stdout, exported)
  t.notMatch((await bode(['show', '2', '--yaml'])).stdout, /zac/)
  t.notMatch(exported + shown.stdout, CANARY)
  t.match(await bode(['show', '7']), { exit: 3, stderr: /there is no generation 7; bode history/ })
  t.match(await bode(['show', '7', '--yaml']), { exit: 3, stderr: /there is no generation 7; bode history/ })
  t.match(await bode(['show', '1', '--yaml', '--owner', 'x']), { exit: 3, stderr: /nothing is known .* of "x"/ })
  for (const words of [[], ['x'], ['0'], ['1', '2']]) t.match(await bode(['show', ...words]), { exit: 64 })
})

onEachDatabase(t, 'status tells configurations, drift, servers and what clients made', async (t, url) => {
  const { bode } = workplace(t, url)
  t.match(await bode(['status']), {
    exit: 0,
    stdout: /up to date[^]*Nothing was applied yet\.\n\nNo server is running/,
  })
  await bode(['apply', '--auto-approve'])
  const database = await openTestDatabase(t, url)
  const server = { host: 'gw-1', pid: 7, version: '0', startedAt: 1, generation: 1, reason: null }
  await writeServerRow(database, { ...server, id: 'a', state: 'ok' }, Date.now() - 65_000)
  await writeServerRow(database, { ...server, id: 'b', host: 'gw-2', state: 'refused', reason: 'no' }, Date.now())
  const { exit, stdout } = await bode(['status'])
  t.equal(exit, 0)
  t.match(stdout, /gemeente +generation 1 +[0-9a-f]{12} +as applied\n +apply .* by jan, commit 9c1e2ab\n +1 /)
  t.match(stdout, /Server gw-1 \(pid 7\) +generation 1 +seen 1 min ago +ok\nServer gw-2 .*refused: no/)
  await database.transaction((tx) => tx.kanaal.updateMany({ data: { documentatieLink: 'https://elsewhere.nl' } }))
  t.match((await bode(['status'])).stdout, /1 object changed since: see bode drift/)
  t.match(JSON.parse((await bode(['status', '--format', 'json'])).stdout), {
    schema: { ready: true },
    owners: [{ owner: 'gemeente', drifted: 1, objects: { kanalen: 1 }, generation: { number: 1 } }],
    servers: [{ host: 'gw-1' }, { host: 'gw-2' }],
  })
})

void t.test('status of a database that is not migrated says so, exit 8', async (t) => {
  const { bode } = workplace(t, await freshDatabaseUrl(t, 'sqlite'))
  const empty = `file:${t.testdir({})}/empty.db`
  t.match(await bode(['status', '--database-url', empty]), { exit: 8 })
  const { openDatabase } = await import('../../../src/db/open.ts')
  await (await openDatabase(empty, { create: true })).close()
  t.match(await bode(['status', '--database-url', empty]), { exit: 8, stdout: /not migrated \(0001/ })
})
