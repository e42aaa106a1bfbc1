import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import type { Io } from '../../../src/cli/io.ts'
import { run } from '../../../src/cli/run.ts'
import type { Environment } from '../../../src/common/environment.ts'
import type { Database } from '../../../src/db/open.ts'
import { canary } from '../../support/canary.ts'
import { freshDatabaseUrl, onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { EVERY_KIND, workplace, type Workplace } from '../../support/documents.ts'
import { until } from '../../support/server.ts'

type Serving = { exit: number | undefined; stderr: string; hangup: () => void; stop: () => Promise<void> }
type Served = Workplace & { serve: (args: string[], environment?: Environment) => Promise<Serving>; database: Database }

/** `bode serve ...args` in this process, until it serves or ends. */
async function served(t: Test, url: string): Promise<Served> {
  const work = workplace(t, url)
  const serve: Served['serve'] = async (args, changes = {}) => {
    const stderr = new PassThrough()
    let hangup = (): void => {}
    const environment = { ...work.environment, BODE_HTTP_PORT: '0', BODE_LOG_LEVEL: 'silent', ...changes }
    return new Promise((resolve) => {
      const io: Io = {
        stdin: new PassThrough().end(),
        stdout: new PassThrough(),
        stderr,
        interactive: false,
        terminals: { stdout: false, stderr: false },
        columns: undefined,
        cwd: work.folder,
        identity: { host: 'test', pid: 1 },
        onStop: (_withinMs, close) => {
          const stop = async (): Promise<void> => close('test')
          t.teardown(stop)
          resolve({ exit: undefined, stderr: '', hangup: () => hangup(), stop })
        },
        onHangup: (reload) => (hangup = reload),
        onExit: () => {},
        onInterrupt: () => {},
        interrupt: () => {},
        abandon: () => {},
      }
      void run(['serve', ...args], io, environment).then((exit) =>
        resolve({ exit, stderr: String(stderr.read() ?? ''), hangup, stop: async () => {} }),
      )
    })
  }
  return { ...work, serve, database: await openTestDatabase(t, url) }
}

const FEW = 'settings: { limits: { maxDeletes: 1 } }\nkanalen: {}\nabonnementen: {}\nclientCredentials: {}\n'

const numbered = (sequence: number, timeout = '10s'): string =>
  EVERY_KIND.replace('name: gemeente', `name: gemeente\n  sequence: ${sequence}`).replace('10s', timeout)

onEachDatabase(t, 'serve --apply reconciles first and serves what it applied', async (t, url) => {
  const { serve, database } = await served(t, url)
  const first = await serve(['--apply', 'bode.yaml'])
  t.equal(first.exit, undefined, first.stderr)
  t.match(await database.reader.server.findMany(), [{ generation: 1, state: 'ok' }])
  t.match(await database.reader.generation.findFirst(), { actor: 'jan', note: 'serve --apply', operation: 'apply' })
  await first.stop()
  const second = await serve(['--apply', 'bode.yaml'])
  t.equal(second.exit, undefined)
  t.equal(await database.reader.generation.count(), 1)
})

onEachDatabase(t, 'a server that starts never goes back to an older document', async (t, url) => {
  const { serve, bode, write, database } = await served(t, url)
  const start = async (document: string): Promise<string> => {
    write(document)
    const { exit, stderr, stop } = await serve(['--apply', '.'])
    await stop()
    if (exit === 5) t.match(stderr, /older than what was applied: its metadata\.sequence is \d+, the last one was \d+/)
    const [abonnement] = await database.reader.abonnement.findMany()
    return `${exit ?? 'serves'} ${(JSON.parse(abonnement?.delivery ?? '{}') as { timeoutMs: number }).timeoutMs}`
  }
  t.equal(await start(numbered(5)), 'serves 10000')
  t.equal(await start(numbered(4, '9s')), '5 10000', 'older, and different')
  t.equal(await start(numbered(4)), '5 10000', 'older, and the same')
  t.equal(await start(numbered(5, '8s')), 'serves 8000', 'as old')
  t.equal(await start(numbered(7, '8s')), 'serves 8000', 'newer, and the same')
  t.equal(await start(numbered(6, '7s')), '5 8000', 'the newer one is remembered though it changed nothing')
  t.equal(await start(EVERY_KIND), 'serves 10000', 'without a number nobody can say')
  write(numbered(3, '6s'))
  t.equal((await bode(['apply', '--auto-approve'])).exit, 0, 'a person may go back')
  t.equal(await start(numbered(4, '5s')), 'serves 5000', 'and then that counts')
})

void t.test('an apply that fails at the start ends as apply would, and nothing is served', async (t) => {
  const { serve, bode, write, database } = await served(t, await freshDatabaseUrl(t, 'sqlite'))
  t.equal((await bode(['apply', '--auto-approve'])).exit, 0)
  const [head = ''] = EVERY_KIND.split('autorisaties:')
  const cases: [what: string, args: string[], document: string, exit: number, message: RegExp][] = [
    ['a mistake', ['--apply', '.'], EVERY_KIND.replace('kanalen:', 'kanaalen:'), 3, /schema\/unknown-key/],
    ['no such file', ['--apply', 'nothing.yaml'], EVERY_KIND, 3, /nothing\.yaml/],
    ['a secret that is not there', ['--apply', '.'], EVERY_KIND.replace('ZAC_KEY', 'NOT_THERE'), 4, /NOT_THERE/],
    ['an object of somebody else', ['--apply', '.'], EVERY_KIND.replace('gemeente', 'another'), 5, /gemeente/],
    ['too many deletes', ['--apply', '.'], `${head}${FEW}`, 6, /maxDeletes 1/],
    ['an environment without overlays', ['--apply', '.', '--env', 'prod'], EVERY_KIND, 3, /prod/],
    ['a choice that does not exist', ['--apply', '.', '--on-drift', 'x'], EVERY_KIND, 64, /overwrite or fail/],
    ['an environment of nothing', ['--env', 'prod'], EVERY_KIND, 64, /--env goes with --apply/],
  ]
  for (const [what, args, document, exit, message] of cases) {
    write(document)
    const ended = await serve(args)
    t.match(ended, { exit, stderr: message }, what)
    t.equal(await database.reader.server.count(), 0, what)
    t.equal(await database.reader.generation.count(), 1, what)
  }
})

onEachDatabase(t, 'drift is what serve --apply is told about it', async (t, url) => {
  const { serve, bode, database } = await served(t, url)
  t.equal((await bode(['apply', '--auto-approve'])).exit, 0)
  await database.transaction((tx) => tx.kanaal.updateMany({ data: { documentatieLink: 'https://elders.nl/' } }))
  t.match(await serve(['--apply', '.', '--on-drift', 'fail']), { exit: 5, stderr: /kanalen\.zaken/ })
  t.equal((await serve(['--apply', '.'])).exit, undefined)
  t.match(await database.reader.kanaal.findFirst(), { documentatieLink: /open-zaak/ })
})

void t.test('a second server of a SQLite file applies nothing', async (t) => {
  const { serve, write, database } = await served(t, await freshDatabaseUrl(t, 'sqlite'))
  t.equal((await serve(['--apply', '.'])).exit, undefined)
  write(numbered(1, '9s'))
  t.match(await serve(['--apply', '.']), { exit: 7, stderr: /already served by pid 1 on test/ })
  t.equal(await database.reader.generation.count(), 1)
})

onEachDatabase(t, 'SIGHUP reads mounted secrets again', async (t, url) => {
  const { serve, write, database } = await served(t, url)
  const { hangup } = await serve(['--apply', '.'])
  write(canary('rotated'), 'open-zaak.secret')
  hangup()
  await until(async () => (await database.reader.generation.count()) === 2)
  t.match(await database.reader.generation.findFirst({ where: { number: 2 } }), { operation: 'refresh' })
})
