import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { OPERATE_FORMAT } from '../../../src/http/operate/protocol.ts'
import type { CliResult } from '../../support/cli.ts'
import { freshDatabaseUrl, onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { EVERY_KIND } from '../../support/documents.ts'
import { assertNoLeak, canary } from '../../support/canary.ts'
import { operated, OPERATE_TOKEN } from '../../support/operate.ts'

type Step = { what: string; args: string[]; input?: string; document?: string; exit: number; text: RegExp }

const [HEAD = ''] = EVERY_KIND.split('autorisaties:')
const WAIT = ['--wait-for-servers', '0s']

/** A whole story; each step on the database that the one before left. */
const STORY: Step[] = [
  { what: 'the first plan', args: ['plan'], exit: 0, text: /7 to create/ },
  { what: 'changes, told by the exit code', args: ['plan', '--detailed-exitcode'], exit: 2, text: /7 to create/ },
  { what: 'nobody to ask', args: ['apply'], exit: 6, text: /use --auto-approve/ },
  { what: 'somebody who says no', args: ['apply'], input: 'no\n', exit: 6, text: /not approved/ },
  { what: 'a dry run', args: ['apply', '--dry-run'], exit: 0, text: /rolled back/ },
  { what: 'somebody who says yes', args: ['apply', ...WAIT], input: 'yes\n', exit: 0, text: /Applied generation 1/ },
  { what: 'nothing to do', args: ['apply', '--no-input'], exit: 0, text: /No changes\. 7 objects match generation 1/ },
  { what: 'nothing to plan', args: ['plan', '--detailed-exitcode'], exit: 0, text: /No changes/ },
  {
    what: 'a change, approved before',
    args: ['apply', '--auto-approve', ...WAIT],
    document: EVERY_KIND.replace('10s', '9s'),
    exit: 0,
    text: /~ delivery\.timeout[^]*Applied generation 2: 0 created, 1 updated/,
  },
  {
    what: 'an unknown key',
    args: ['plan'],
    document: EVERY_KIND.replace('documentatieLink:', 'documentatielink:'),
    exit: 3,
    text: /error\[schema\/unknown-key\][^]*bode\.yaml:\d+:\d+[^]*did you mean "documentatieLink"/,
  },
  {
    what: 'a variable that is not set',
    args: ['apply', '--auto-approve'],
    document: EVERY_KIND.replace('https://zac.example.nl', '${NOT_SET}'),
    exit: 3,
    text: /NOT_SET is not set/,
  },
  {
    what: 'a secret that is not there',
    args: ['apply', '--auto-approve'],
    document: EVERY_KIND.replace('ZAC_KEY', 'NOT_THERE'),
    exit: 4,
    text: /error\[secret\/unresolved\][^]*NOT_THERE[^]*not every secret can be resolved/,
  },
  {
    what: 'a kanaal that does not exist',
    args: ['plan'],
    document: `${HEAD.replace('gemeente', 'another')}abonnementen:\n  a:\n    callbackUrl: https://a.nl/\n    auth: { type: no_auth }\n    kanalen: [{ naam: nergens }]\n`,
    exit: 3,
    text: /nergens/,
  },
  {
    what: 'an object of somebody else',
    args: ['apply', '--auto-approve'],
    document: `${HEAD.replace('gemeente', 'another')}kanalen:\n  zaken: {}\n`,
    exit: 5,
    text: /gemeente/,
  },
  {
    what: 'too many deletes',
    args: ['apply', '--auto-approve'],
    document: `${HEAD}kanalen: {}\nabonnementen: {}\nclientCredentials: {}\nexternalCredentials: {}\n`,
    exit: 6,
    text: /Nothing was changed/,
  },
  { what: 'a choice that does not exist', args: ['apply', '--prune', 'all'], exit: 64, text: /owned or none/ },
  {
    what: 'deletes that are switched off',
    args: ['apply', '--auto-approve', '--prune', 'none', ...WAIT],
    document: `${HEAD}abonnementen: {}\n`,
    exit: 0,
    text: /No changes/,
  },
  { what: 'a flag that does not exist', args: ['plan', '--force'], exit: 64, text: /--force/ },
  { what: 'a file that is not there', args: ['plan', '-f', 'nothing.yaml'], exit: 3, text: /nothing\.yaml/ },
]

onEachDatabase(t, 'with --server everything reads and exits as without it', async (t, url, provider) => {
  const remote = await operated(t, url)
  const environment = { DATABASE_URL: await freshDatabaseUrl(t, provider) }
  for (const { what, args, input, document = EVERY_KIND, exit, text } of STORY) {
    remote.write(document)
    const options = input === undefined ? {} : { input }
    const there = await remote.remotely(args, options)
    t.equal(there.exit, exit, `${what}: ${there.stderr}${there.stdout}`)
    t.match(there.stdout + there.stderr, text, what)
    t.strictSame(comparable(there), comparable(await remote.bode(args, { ...options, environment })), what)
  }
  const database = await openTestDatabase(t, url)
  t.match(await database.reader.generation.findFirst({ where: { number: 2 } }), { actor: 'jan', commitSha: '9c1e2ab' })
})

/**
 * Without what differs from run to run: ids are random, digests and fingerprints are over ids, and what takes more than
 * a second shows what it is busy with.
 */
function comparable({ exit, stdout, stderr }: CliResult): CliResult {
  const [said = '', ...progress] = stderr.split('\r\u001b[2K')
  const normal = (text: string): string =>
    text.replaceAll(/\b[0-9a-f]{8}(?:[0-9a-f]{56})?\b/g, '<hex>').replaceAll(/locked for \d+ ms/g, 'locked')
  return { exit, stdout: normal(stdout), stderr: normal(said + (progress.at(-1) ?? '')) }
}

onEachDatabase(t, 'a server is configured over it from nothing, and waits for itself', async (t, url) => {
  const { remotely, server, folder, operateUrl } = await operated(t, url)
  const ready = async (): Promise<number> => (await fetch(`${server.url}/readyz`)).status
  t.equal(await ready(), 503)
  const applied = await remotely(['apply', '--auto-approve', '--note', 'from nothing', '--format', 'json'])
  t.equal(applied.exit, 0, applied.stderr + applied.stdout)
  t.match(JSON.parse(applied.stdout), { status: 'applied', generation: 1, servers: [{ host: 'test', generation: 1 }] })
  t.equal(await ready(), 200)
  assertNoLeak(t, applied.stdout + JSON.stringify(server.logged()), 'output and log')
  t.match(
    server.logged().filter(({ msg }) => msg === 'an operator applied'),
    [{ actor: 'jan', outcome: 'applied', generation: 1 }],
  )
  const headers = { authorization: `Bearer ${OPERATE_TOKEN}` }
  const status: unknown = await (await fetch(`${operateUrl}/operate/v1/status`, { headers })).json()
  t.match(status, {
    format: OPERATE_FORMAT,
    owners: [{ owner: 'gemeente', drifted: false, generation: { digest: /^[0-9a-f]{64}$/, note: 'from nothing' } }],
    servers: [{ host: 'test', generation: 1, state: 'ok' }],
  })
  writeFileSync(join(folder, 'open-zaak.secret'), canary('rotated'))
  t.match(await remotely(['plan', '--detailed-exitcode']), { exit: 2, stdout: /~ clientCredentials\.open-zaak/ })
})
