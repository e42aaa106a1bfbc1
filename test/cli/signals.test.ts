// SIGINT, SIGTERM and --timeout, on the built program: exit 130, 143 or 9, and what is said is true.
import t from 'tap'
import { holdingTheApplyLock } from '../support/apply-lock.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { workplace } from '../support/documents.ts'
import { bode as program, signalledBode } from '../support/program.ts'
import { serverAtZero } from '../support/servers.ts'

const apply = ['apply', '--auto-approve', '--wait-for-servers', '0s']

onEachDatabase(t, 'exit 130 and 143: a signal before the transaction, nothing was changed', async (t, url) => {
  const { folder, environment, bode } = workplace(t, url)
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const args = ['plan', '--verbose', '--database-url', 'file:none.db', '--wait-for-db', '60s']
    const { exit, stdout, stderr } = await signalledBode(args, environment, folder, {
      marker: 'resolving the secrets',
      signal,
    })
    t.strictSame([exit, stdout], [code, ''], stderr)
    t.match(stderr, `interrupted: ${signal}; nothing was changed\n`)
  }
  t.match((await bode(['plan'])).stdout, /7 to create/)
})

onEachDatabase(
  t,
  'exit 130 and 143: a signal while an apply waits for the lock; the next one works',
  async (t, url) => {
    const { folder, environment, bode } = workplace(t, url)
    await t.test('held', async (t) => {
      await holdingTheApplyLock(t, url)
      for (const [signal, code] of [
        ['SIGINT', 130],
        ['SIGTERM', 143],
      ] as const) {
        const options = { marker: 'applying the plan', signal }
        const { exit, stderr } = await signalledBode(
          [...apply, '--verbose', '--lock-timeout', '60s'],
          environment,
          folder,
          options,
        )
        t.equal(exit, code, stderr)
        t.match(stderr, /nothing was changed/)
      }
    })
    t.match(await bode(apply), { exit: 0, stdout: /Applied generation 1: 7 created/ })
  },
)

void t.test('exit 130: a failure in JSON is JSON', async (t) => {
  const { folder, environment } = workplace(t, await freshDatabaseUrl(t, 'sqlite'))
  const args = ['plan', '--verbose', '--database-url', 'file:none.db', '--wait-for-db', '60s', '--format', 'json']
  const { exit, stdout } = await signalledBode(args, environment, folder, {
    marker: 'resolving the secrets',
    signal: 'SIGINT',
  })
  t.match([exit, JSON.parse(stdout)], [130, { error: { kind: 'interrupted', message: /nothing was changed/ } }])
})

void t.test('exit 143: --timeout is over', async (t) => {
  const { folder, environment } = workplace(t, await freshDatabaseUrl(t, 'sqlite'))
  const args = ['plan', '--database-url', 'file:none.db', '--wait-for-db', '60s', '--timeout', '300ms']
  const { exit, stderr } = await program(args, environment, folder)
  t.equal(exit, 143)
  t.match(stderr, /interrupted: --timeout 300ms is over; nothing was changed/)
})

onEachDatabase(t, 'exit 9: a signal after the commit; the change stays', async (t, url) => {
  const { folder, environment, bode } = workplace(t, url)
  await serverAtZero(url)
  const options = { marker: 'waiting for the servers', signal: 'SIGINT' } as const
  const args = ['apply', '--auto-approve', '--verbose', '--wait-for-servers', '60s']
  const { exit, stderr } = await signalledBode(args, environment, folder, options)
  t.equal(exit, 9, stderr)
  t.match(stderr, /interrupted: SIGINT; the change was committed before, and stays/)
  t.match(await bode(['plan', '--detailed-exitcode']), { exit: 0 })
})
