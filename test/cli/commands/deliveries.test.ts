import t, { type Test } from 'tap'
import { EXIT } from '../../../src/cli/exit-codes.ts'
import type { Replay } from '../../../src/common/deliveries.ts'
import { runCli, type CliResult } from '../../support/cli.ts'
import { freshDatabaseUrl, onEachDatabase } from '../../support/databases.ts'
import { acceptMany, DEAD, finishReplays, operationsWorld } from '../../support/operations.ts'

/** Four messages for `zac`, of which three are dead, and the command line beside. */
async function world(t: Test, url: string) {
  const made = await operationsWorld(t, url)
  await made.subscribe('zac')
  await acceptMany(made, 4)
  await made.work((number) => (number === 2 ? {} : DEAD))
  const bode = (...args: string[]): Promise<CliResult> =>
    runCli(['deliveries', ...args], { environment: { DATABASE_URL: url, GITLAB_USER_LOGIN: 'jan' } })
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await bode(...args, '--format', 'json')).stdout) as unknown
  return { ...made, bode, json }
}

onEachDatabase(t, 'dead letters are listed with their reason, counted and sent again', async (t, url) => {
  const made = await world(t, url)
  const { bode, json, database, replayer, work } = made
  const list = await bode('list', '--outcome', 'dead')
  t.equal(list.exit, EXIT.ok)
  t.match(
    list.stdout,
    /^dead {2}zac {2}zaken {2}accepted 2026-11-23 09:00:00Z {2}ended .* {2}1 attempt {2}status 503 {2}4\.id-zac$/m,
  )
  t.equal(list.stdout.trim().split('\n').length, 3)
  t.match(await json('list', '--limit', '1'), { deliveries: [{ id: '4.id-zac', state: 'dead' }], next: '4.id-zac' })
  t.match(await bode('list', '--limit', '1'), { stdout: /There are more: --after 4\.id-zac/ })
  t.match(await json('list', '--after', '4.id-zac', '--limit', '1'), { deliveries: [{ id: '3.id-zac' }] })
  t.match(await bode('list', '--kanaal', 'besluiten'), { exit: EXIT.ok, stdout: 'There is no such delivery.\n' })

  const filter = ['--abonnement', 'zac', '--status', '5xx']
  t.match(await bode('replay', ...filter, '--dry-run'), {
    exit: EXIT.ok,
    stdout: /3 deliveries would be sent again; nothing was done\.\n {2}zac {2}3/,
  })
  t.equal(await database.reader.replayJob.count(), 0)
  const started = (await json('replay', ...filter, '--rate', '100')) as { status: string; replay: Replay }
  t.match(started, { status: 'started', replay: { total: 3, ratePerSecond: 100, requestedBy: 'operator:jan' } })
  t.match(await bode('replay', ...filter), { exit: EXIT.conflict, stderr: /is running: 0 of 3/ })
  t.match(await bode('replays'), {
    stdout: /running {2}0 of 3 {2}100\/s .* by operator:jan\n {4}--abonnement zac --status 5xx/,
  })
  await finishReplays(made, replayer())
  await work(() => ({}))
  t.match(await bode('replay', ...filter), { exit: EXIT.ok, stdout: 'Nothing to send again.\n' })
  t.match(await bode('cancel', started.replay.id), { exit: EXIT.conflict, stderr: /finished already/ })
  t.match(await bode('list', '--outcome', 'dead'), { stdout: 'There is no such delivery.\n' })
  t.match(await bode('show', '4.id-zac'), {
    stdout: /state +delivered[\s\S]*Earlier runs\n.*dead .*status 503[\s\S]*0\.1 .*status 503[\s\S]*1\.1 .*status 204/,
  })
  t.notMatch((await bode('show', '4.id-zac')).stdout, /hoofdObject/)
  t.match(await bode('show', '4.id-zac', '--body'), { stdout: /Stored message\n.*hoofdObject/ })
})

onEachDatabase(
  t,
  'answers that are kept are shown with the content, by attempt, and move no cursor',
  async (t, url) => {
    const { subscribe, accept, work, bode } = await world(t, url)
    await subscribe('gzac')
    await accept(['gzac'])
    const heads = ['{"fout": "te laat"}', null, 'one\n\u001b[2Jtwo']
    const retry = { outcome: 'retry', dueAt: 0, failures: 1 } as const
    await work((number) => {
      const tried = { ...DEAD.tried, responseHead: heads[number - 1] ?? null }
      return { ...(number < heads.length ? retry : DEAD), tried }
    })
    const plain = await bode('show', '5.id-gzac')
    t.equal(plain.exit, EXIT.ok)
    t.notMatch(plain.stdout, /Answers|te laat/, 'they may hold personal data')
    const { stdout } = await bode('show', '5.id-gzac', '--body')
    const [, answers = ''] = /\nAnswers \(run\.number\)\n([^]*?)\n\nStored message\n/.exec(stdout) ?? []
    t.match(answers, /^ {2}0\.1 {2}\{"fout": "te laat"\}\n {2}0\.3 {2}one.*two$/, 'none for the attempt without one')
    t.equal(answers.split('\n').length, 2, 'an answer stays on its line')
    t.notMatch(stdout, '\u001b')
  },
)

onEachDatabase(t, 'an abonnement is paused and resumed, and its status says so', async (t, url) => {
  const { bode, json, accept } = await world(t, url)
  t.match(await bode('pause', 'zac', '--reason', 'moves'), { exit: EXIT.ok, stdout: /^zac {2}paused .*: moves$/m })
  await accept(['zac'])
  t.match(await bode('status'), {
    stdout: /zac {2}paused {2}1 ready {2}0 held {2}0 being sent {2}3 dead .* paused by operator:jan .*: moves/,
  })
  t.match(await json('resume', 'zac'), { status: 'active', ready: 1, dead: 3, reason: null })
  t.match(await bode('status'), { stdout: /zac {2}active {2}1 ready/ })
})

void t.test('a wrong command line is exit 64, what does not exist 3, and says what to do', async (t) => {
  const { bode } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  const wrong: [string[], number, RegExp][] = [
    [['list', '--outcome', 'ded'], EXIT.usage, /--outcome is ready or held .*, not "ded", did you mean "dead"\?/],
    [['list', '--status', 'tmeout'], EXIT.usage, /--status is 503, 5xx, .*, not "tmeout", did you mean "timeout"\?/],
    [['list', '--status', '6xx'], EXIT.usage, /--status is 503, 5xx, timeout or no-answer, not "6xx"\n/],
    [['replay', '--status', 'x'], EXIT.usage, /--status is 503/],
    [['list', '--limit', '0'], EXIT.usage, /from 1 to 1000/],
    [['list', '--abonnement', ''], EXIT.usage, /--abonnement is empty/],
    [['list', 'zac'], EXIT.usage, /unexpected "zac"\n/],
    [['list', '--abonnement', 'zca'], EXIT.invalid, /no abonnement "zca"/],
    [['list', '--from', 'yesterday'], EXIT.invalid, /is a moment with a zone/],
    [['show'], EXIT.usage, /say one id/],
    [['show', 'x'], EXIT.invalid, /no id of a delivery/],
    [['show', '99.id-zac'], EXIT.invalid, /there is no delivery/],
    [['replay'], EXIT.usage, /or --all for every dead letter/],
    [['replay', '--all', '--kanaal', 'zaken'], EXIT.usage, /not both/],
    [['replay', '--all', '--rate', '0'], EXIT.usage, /--rate is a number/],
    [['replay', '--outcome', 'delivered'], EXIT.invalid, /say from when/],
    [['replay', '--outcome', 'held'], EXIT.invalid, /under way already/],
    [['pause'], EXIT.usage, /say one abonnement/],
    [['resume', 'a', 'b'], EXIT.usage, /say one abonnement/],
    [['cancel'], EXIT.usage, /say one replay/],
    [['cancel', 'x'], EXIT.invalid, /there is no replay "x"/],
  ]
  for (const [args, exit, message] of wrong) {
    const result = await bode(...args)
    t.equal(result.exit, exit, args.join(' '))
    t.match(result.stderr, message, args.join(' '))
    t.equal(result.stdout, '')
  }
  t.match(await bode('--help'), { exit: EXIT.ok, stdout: /deliveries list .*[\s\S]*deliveries resume/ })
  t.match(await bode('replay', '--help'), {
    stdout: /bode deliveries replay --abonnement zac-zaken --status 5xx --dry-run/,
  })
})

void t.test('what others wrote steers no terminal', async (t) => {
  const { bode, database } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  await database.transaction((tx) => tx.abonnement.updateMany({ data: { name: 'a\u001b[2Jb' } }))
  await database.transaction((tx) => tx.deliveryDone.updateMany({ data: { reason: 'x\u0007y' } }))
  await database.transaction((tx) => tx.notificatie.updateMany({ data: { kanaal: '\u009b31m' } }))
  for (const args of [['list'], ['show', '4.id-zac'], ['status'], ['replay', '--all', '--dry-run']]) {
    const { stdout } = await bode(...args)
    t.notMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u, args.join(' '))
  }
})
