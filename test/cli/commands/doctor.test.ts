import { chmodSync } from 'node:fs'
import t, { type Test } from 'tap'
import { CHECKS, type Finding } from '../../../src/cli/doctor/finding.ts'
import { version } from '../../../src/common/package-root.ts'
import { writeServerRow } from '../../../src/db/server-row.ts'
import { newMasterKey } from '../../../src/secrets/master-key.ts'
import { AutorisatiesApi } from '../../support/autorisaties-api.ts'
import { assertNoLeak, canary } from '../../support/canary.ts'
import { onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { workplace, type Workplace } from '../../support/documents.ts'
import { query } from '../../support/postgres.ts'
import { Receiver } from '../../support/receiver.ts'

const SECRETS = { AC: canary('ac'), ZAAK: canary('zaak'), OLD: canary('old'), KEY: canary('key') }

type Hospital = Workplace & { api: AutorisatiesApi; receiver: Receiver; document: string }

/** A document of which everything works, with a real Autorisaties API and a real callback. */
async function healthy(t: Test, url: string): Promise<Hospital> {
  const [api, receiver] = [await AutorisatiesApi.start(t), await Receiver.start(t)]
  api.clientId = 'open-notificaties'
  api.secret = SECRETS.AC
  api.knows(
    { clientIds: ['open-notificaties'], heeftAlleAutorisaties: true },
    { clientIds: ['open-zaak'], scopes: ['notificaties.publiceren'] },
  )
  receiver.answer(({ headers }) => ({ status: headers.authorization === SECRETS.KEY ? 204 : 401 }))
  const document = `apiVersion: bode/v1
kind: Configuration
metadata: { name: gemeente }
autorisaties:
  apiRoot: ${api.apiRoot}
externalCredentials:
  ac:
    apiRoot: ${api.apiRoot}
    clientId: open-notificaties
    secret: { env: AC }
clientCredentials:
  open-zaak:
    secret: { env: ZAAK }
    previousSecret: { env: OLD, expiresAt: 2099-01-01T00:00:00Z }
kanalen:
  zaken: {}
abonnementen:
  zac:
    callbackUrl: ${receiver.url}/zac
    auth: { type: api_key, value: { env: KEY } }
    kanalen: [{ naam: zaken }]
egress: { policy: private, allow: [127.0.0.0/8] }
`
  const place = workplace(t, url, document)
  const bode: Workplace['bode'] = async (args, options = {}) => {
    const result = await place.bode(args, { ...options, environment: { ...SECRETS, ...options.environment } })
    assertNoLeak(t, result.stdout + result.stderr, args.join(' '))
    return result
  }
  return { ...place, bode, api, receiver, document }
}

async function findings(place: Workplace, args: string[], environment: Record<string, string> = {}) {
  const { exit, stdout, stderr } = await place.bode(['doctor', '--format', 'json', ...args], { environment })
  const { checks = [] } = JSON.parse(stdout || '{}') as { checks?: Finding[] }
  return { exit, checks, stderr, failed: checks.filter(({ status }) => status === 'failed').map(({ id }) => id) }
}

onEachDatabase(t, 'what runs is examined: all is well, and it says so', async (t, url) => {
  const place = await healthy(t, url)
  t.equal((await place.bode(['apply', '--auto-approve'])).exit, 0)
  const { exit, stdout } = await place.bode(['doctor'])
  t.equal(exit, 0, stdout)
  t.match(stdout, / {2}✓ ok {7}clientCredentials\.open-zaak: it may use notificaties\.publiceren\n/)
  t.match(stdout, / {2}✓ ok {7}abonnementen\.zac: it takes the test message with authorization \(204\)\n/)
  t.match(stdout, /\d+ ok, \d warnings?, 0 failed, \d skipped\.\n$/)

  place.api.knows({ clientIds: ['open-notificaties'], heeftAlleAutorisaties: true })
  const ill = await place.bode(['doctor'])
  t.equal(ill.exit, 8)
  t.match(
    ill.stdout,
    /✗ failed {3}clientCredentials\.open-zaak: the Autorisaties API has no applicatie .*\n +change: make an applicatie .*\n +where: {2}Open Zaak admin > API Autorisaties > Applicaties\n/,
  )
  const secret = await place.bode(['doctor', '--only', 'callbacks', '--format', 'json'])
  t.equal(secret.exit, 0)
  place.receiver.answer({ status: 401 })
  const refused = await findings(place, ['--only', 'callbacks'])
  t.match(refused, { exit: 4, failed: ['callbacks/auth-refused'] })
  t.match(refused.checks[0]?.advice?.where, /abonnementen\.zac\.auth in the document of "gemeente", then bode apply/)
})

void t.test('a document is examined before there is a database: advice has its lines', async (t) => {
  const place = await healthy(t, '')
  const { exit, checks } = await findings(place, ['-f', 'bode.yaml'])
  t.equal(exit, 0, JSON.stringify(checks, null, 2))
  const ids = new Set(checks.filter(({ status }) => status === 'ok').map(({ id }) => id))
  for (const id of ['document/valid', 'secrets/resolvable', 'master-key/fits', 'clients/allowed']) t.ok(ids.has(id), id)
  t.match(
    checks.find(({ check }) => check === 'database'),
    { id: 'database/none', status: 'skipped' },
  )

  place.write(place.document.replace('/zac\n', '/other\n').replace('127.0.0.0/8', '10.0.0.0/8'))
  const denied = await findings(place, ['-f', 'bode.yaml'])
  t.equal(denied.exit, 3)
  t.match(denied.checks.find(({ id }) => id === 'callbacks/denied')?.advice, {
    what: /add 127\.0\.0\.1 to egress\.allow/,
    where: 'bode.yaml:22',
  })
})

void t.test('the exit code is that of what is nearest: document, secret, remote', async (t) => {
  const place = await healthy(t, '')
  const file = ['-f', 'bode.yaml']
  place.receiver.answer({ status: 500 })
  t.match(await findings(place, file), { exit: 8, failed: ['callbacks/server-error'] })
  const unset = await findings(place, file, { ZAAK: '' })
  t.match(unset, { exit: 4, failed: ['secrets/unresolved', 'callbacks/server-error'] })
  const callbacks = await findings(place, [...file, '--only', 'callbacks'], { KEY: '' })
  t.match(callbacks, { exit: 4, failed: ['secrets/unresolved'] })
  t.match(await findings(place, [...file, '--only', 'certificates'], { KEY: '' }), { exit: 0 })
  t.match(
    unset.checks.find(({ id }) => id === 'secrets/unresolved'),
    {
      subject: 'clientCredentials.open-zaak.secret',
      advice: { where: 'bode.yaml:13' },
    },
  )
  place.write(place.document.replace('policy: private', 'polici: private'))
  const wrong = await findings(place, file, { ZAAK: '' })
  t.match(wrong, { exit: 3, failed: ['document/schema-unknown-key'] })
  t.match(wrong.checks.find(({ status }) => status === 'failed')?.advice, {
    what: /did you mean/,
    where: 'bode.yaml:22',
  })
  t.match(
    wrong.checks.find(({ check }) => check === 'clients'),
    { id: 'clients/not-examined', status: 'skipped' },
  )
  t.match(await findings(place, file, { BODE_MASTER_KEY: '' }), { exit: 3 })
  t.match(await place.bode(['doctor', '--only', 'client']), { exit: 64, stderr: /did you mean "clients"/ })
  t.match(await place.bode(['doctor', '--check-timeout', '3']), { exit: 64 })
  t.match(await place.bode(['doctor', '--env', 'productie']), { exit: 64, stderr: /--file/ })
  t.match(await place.bode(['doctor', 'extra']), { exit: 64 })
})

void t.test('every check is in the outcome, and pipelines get what is wrong at its line', async (t) => {
  const place = await healthy(t, '')
  const { checks } = await findings(place, ['-f', 'bode.yaml'])
  t.strictSame([...new Set(checks.map(({ check }) => check))], CHECKS)
  place.receiver.answer({ status: 404 })
  const { stdout } = await place.bode(['doctor', '-f', 'bode.yaml', '--format', 'github'])
  t.match(stdout, /::error file=bode\.yaml,line=19,.*doctor\/callbacks\/not-found::abonnementen\.zac: it answers 404/)
})

onEachDatabase(t, 'a database that cannot be used says why', async (t, url, provider) => {
  const place = await healthy(t, url)
  await place.bode(['apply', '--auto-approve'])
  const wrongKey = await findings(place, [], { BODE_MASTER_KEY: newMasterKey() })
  t.match(wrongKey, { exit: 4, failed: ['master-key/other'] })
  t.match(await findings(place, [], { BODE_MASTER_KEY: '' }), { exit: 4, failed: ['master-key/unusable'] })
  t.ok(wrongKey.checks.some(({ id }) => id === 'callbacks/not-examined'))
  const only = await findings(place, ['--only', 'clients'], { BODE_MASTER_KEY: newMasterKey() })
  t.match(only.checks, [{ id: 'master-key/other' }, { id: 'clients/not-examined', status: 'skipped' }])
  t.equal(only.exit, 4, 'what could not be examined is not well')
  const none = provider === 'sqlite' ? 'file:/nonexistent/x.db' : url.replace(/\/t_\w+$/, '/none')
  t.match(await findings(place, [], { DATABASE_URL: none }), { exit: 8, failed: ['database/missing'] })
  if (provider === 'postgresql') {
    const wrong = await findings(place, [], { DATABASE_URL: url.replace('bode:bode@', `bode:${canary('password')}@`) })
    t.match(wrong, { exit: 4, failed: ['database/login-refused'] })
    const closed = await findings(place, [], { DATABASE_URL: url.replace(/:\d+\//, ':1/') })
    t.match(closed, { exit: 8, failed: ['database/unreachable'] })
    t.equal(closed.checks.find(({ status }) => status === 'failed')?.message, 'nothing answers there')
  }
})

onEachDatabase(t, 'servers that are behind, refused or of another version are told', async (t, url) => {
  const place = await healthy(t, url)
  await place.bode(['apply', '--auto-approve'])
  const database = await openTestDatabase(t, url)
  const row = { pid: 1, version, startedAt: 1, state: 'ok', generation: 1, reason: null } as const
  const write = async (id: string, more: object) =>
    writeServerRow(database, { ...row, id, host: id, ...more }, Date.now())
  await write('a', {})
  await write('b', { generation: 0 })
  await write('c', { state: 'refused', reason: 'no key' })
  await write('d', { version: '0.0.1' })
  const { exit, checks } = await findings(place, ['--only', 'servers'])
  t.equal(exit, 8)
  t.match(checks, [
    { id: 'servers/current', subject: 'a (pid 1)' },
    { id: 'servers/behind', message: /generation 0; the last one is 1/ },
    { id: 'servers/refused', message: /refused generation 1 .*: no key/ },
    { id: 'servers/version', status: 'warning', message: /version 0\.0\.1/ },
  ])
})

onEachDatabase(
  t,
  'settings of the database that lose data or give away too much are told',
  async (t, url, provider) => {
    const place = await healthy(t, url)
    await place.bode(['apply', '--auto-approve'])
    if (provider === 'sqlite') {
      chmodSync(url.replace('file:', ''), 0o644)
      const { checks } = await findings(place, ['--only', 'database'])
      t.match(
        checks.find(({ id }) => id === 'database/permissions'),
        { status: 'warning', message: /mode 0644/ },
      )
      return
    }
    const name = url.split('/').at(-1) ?? ''
    t.ok((await findings(place, ['--only', 'database'])).checks.some(({ id }) => id === 'database/superuser'))
    const role = `r_${name}`
    await query(url, `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`)
    t.teardown(() => query(url.replace(name, 'postgres'), `DROP ROLE IF EXISTS ${role}`).catch(() => {}))
    await query(url, `ALTER DATABASE ${name} SET synchronous_commit = off`)
    const weak = await findings(place, ['--only', 'database'], {
      DATABASE_URL: url.replace('bode:bode@', `${role}:x@`),
    })
    t.match(weak, { exit: 8, failed: ['database/synchronous-commit', 'database/rights'] })
    t.match(
      weak.checks.find(({ id }) => id === 'database/rights')?.message,
      /may not read and write \w+, \w+, \w+ and \d+ more/,
    )
    await query(url, `REVOKE SELECT ON meta FROM ${role}`)
    const blind = await findings(place, [], { DATABASE_URL: url.replace('bode:bode@', `${role}:x@`) })
    t.ok(blind.failed.includes('database/rights'), 'a table that cannot be read is a finding, not a fault')
    t.ok(blind.checks.some(({ id }) => id === 'clients/not-examined'))
    await query(url, `DROP OWNED BY ${role}`)
  },
)
