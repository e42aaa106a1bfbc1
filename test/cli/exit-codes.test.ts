// The contract of the exit codes: each is reached in at least two ways, and in every format.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { EXIT, type ExitCode } from '../../src/cli/exit-codes.ts'
import { FORMATS } from '../../src/cli/views/formats/shown.ts'
import { openDatabase } from '../../src/db/open.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { EVERY_KIND, workplace, type Workplace } from '../support/documents.ts'
import { holdingTheApplyLock } from '../support/apply-lock.ts'
import { bode as program, serve } from '../support/program.ts'
import { serverAtZero, serverThatRefuses } from '../support/servers.ts'

type Case = {
  what: string
  args: string[]
  /** Makes the situation, before each run. */
  arrange?: (place: Workplace, url: string, t: Test) => Promise<void> | void
  environment?: Record<string, string>
  input?: string
}

const OTHER = EVERY_KIND.replace('name: gemeente', 'name: provincie')
const apply = ['apply', '--auto-approve', '--wait-for-servers', '0s']
const applied = async ({ bode }: Workplace): Promise<void> => void (await bode(apply))

const CASES: Record<Exclude<keyof typeof EXIT, 'interrupted' | 'terminated'>, Case[]> = {
  ok: [
    { what: 'a valid document', args: ['validate'] },
    { what: 'an apply', args: apply },
    { what: 'an apply with nothing to do', args: apply, arrange: applied },
    { what: 'a plan with changes, unless asked', args: ['plan'] },
  ],
  internal: [
    { what: 'a history that cannot be read', args: ['show', '1'], arrange: (place, url) => breakHistory(place, url) },
    {
      what: 'a plan in the history that is none',
      args: ['token', 'open-zaak'],
      arrange: (place, url) => breakHistory(place, url),
    },
  ],
  changes: [
    { what: 'a plan with changes', args: ['plan', '--detailed-exitcode'] },
    { what: 'drift', args: ['drift'], arrange: drifted },
  ],
  invalid: [
    { what: 'an unknown key', args: ['validate'], arrange: ({ write }) => write(`${EVERY_KIND}nonsense: 1\n`) },
    { what: 'a missing file', args: ['plan', '-f', 'none.yaml'] },
    { what: 'an unknown path', args: ['explain', 'kanaal'] },
  ],
  secret: [
    { what: 'a variable that is not set', args: ['plan'], environment: { ZAC_KEY: '' } },
    { what: 'no master key', args: ['apply'], environment: { BODE_MASTER_KEY: '' } },
    {
      what: 'a secret file that is gone',
      args: ['plan'],
      arrange: ({ folder }) => rmSync(join(folder, 'open-zaak.secret')),
    },
  ],
  conflict: [
    { what: "somebody else's object", args: ['plan'], arrange: othersObjects },
    { what: 'the same at an apply', args: apply, arrange: othersObjects },
  ],
  refused: [
    { what: 'no approval', args: ['apply', '--no-input'] },
    { what: 'an answer that is not yes', args: ['apply'], input: 'no\n' },
    { what: 'everything would be deleted', args: apply, arrange: emptied },
    { what: 'a file that exists', args: ['init'] },
  ],
  locked: [
    {
      what: 'another apply that holds the lock',
      args: [...apply, '--lock-timeout', '20ms'],
      arrange: (_, url, t) => holdingTheApplyLock(t, url),
    },
    {
      what: 'the same for a dry run',
      args: ['apply', '--dry-run', '--lock-timeout', '20ms'],
      arrange: (_, url, t) => holdingTheApplyLock(t, url),
    },
  ],
  unreachable: [
    { what: 'no database', args: ['plan', '--database-url', 'file:none.db'] },
    {
      what: 'a database that is not migrated',
      args: ['plan', '--database-url', 'file:empty.db'],
      arrange: ({ folder }) => writeFileSync(join(folder, 'empty.db'), ''),
    },
    {
      what: 'a server that does not answer',
      args: ['db', 'status', '--database-url', 'postgresql://bode:x@127.0.0.1:1/bode'],
    },
  ],
  unconfirmed: [
    {
      what: 'a server that stays behind',
      args: ['apply', '--auto-approve', '--wait-for-servers', '50ms'],
      arrange: (_, url) => serverAtZero(url),
    },
    {
      what: 'a server that refuses',
      args: ['apply', '--auto-approve', '--wait-for-servers', '5s'],
      arrange: (_, url) => serverThatRefuses(url),
    },
  ],
  usage: [
    { what: 'an unknown command', args: ['aply'] },
    { what: 'an unknown flag', args: ['plan', '--detailed-exit-code'] },
    { what: 'a value that is none', args: ['apply', '--lock-timeout', 'soon'] },
  ],
}

void t.test('each exit code has at least two cases, here or in signals.test.ts', async (t) => {
  for (const [code, cases] of Object.entries(CASES)) t.ok(cases.length >= 2, code)
  t.strictSame([...Object.keys(CASES), 'interrupted', 'terminated'].toSorted(), Object.keys(EXIT).toSorted())
})

for (const [code, cases] of Object.entries(CASES)) {
  const expected: ExitCode = EXIT[code as keyof typeof CASES]
  for (const [index, { what, args, arrange, environment = {}, input }] of cases.entries()) {
    // Two per case, so that all are had; test/cli/formats.test.ts holds every format against the same outcome.
    const formats = [FORMATS[(2 * index) % FORMATS.length]!, FORMATS[(2 * index + 1 + expected) % FORMATS.length]!]
    for (const format of new Set(formats)) {
      void t.test(`exit ${expected}: ${what} (${format})`, async (t) => {
        const url = await freshDatabaseUrl(t, 'sqlite')
        const place = workplace(t, url)
        await arrange?.(place, url, t)
        const options = { environment, ...(input === undefined ? {} : { input }) }
        const { exit, stderr } = await place.bode([...args, '--format', format], options)
        t.equal(exit, expected, stderr)
      })
    }
  }
}

void t.test('exit 7: a second server on a SQLite file; exit 0: a server that is told to stop', async (t) => {
  const { environment } = workplace(t, await freshDatabaseUrl(t, 'sqlite'))
  const first = await serve(t, environment)
  t.match(await program(['serve'], { ...environment, BODE_HTTP_PORT: '0' }), { exit: 7, stderr: /already served/ })
  t.equal(await first.stop(), 0)
})

async function drifted(place: Workplace, url: string): Promise<void> {
  await applied(place)
  await written(url, (database) =>
    database.transaction((tx) => tx.kanaal.updateMany({ data: { documentatieLink: 'https://elsewhere.example.nl/' } })),
  )
}

async function breakHistory(place: Workplace, url: string): Promise<void> {
  await applied(place)
  await written(url, (database) =>
    database.transaction((tx) => tx.generation.updateMany({ data: { plan: 'not JSON' } })),
  )
}

async function othersObjects(place: Workplace): Promise<void> {
  await applied(place)
  place.write(OTHER)
}

async function emptied(place: Workplace): Promise<void> {
  const [head] = EVERY_KIND.split('autorisaties:')
  place.write(`${head}kanalen: { zaken: {} }\n`)
  await applied(place)
  place.write(`${head}kanalen: {}\n`)
}

async function written(url: string, write: (database: Awaited<ReturnType<typeof openDatabase>>) => Promise<unknown>) {
  const database = await openDatabase(url)
  await write(database)
  await database.close()
}
