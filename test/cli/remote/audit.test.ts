import t from 'tap'
import { onEachDatabase } from '../../support/databases.ts'
import { EVERY_KIND } from '../../support/documents.ts'
import { operated } from '../../support/operate.ts'

onEachDatabase(t, 'a server shows its audit to bode audit list --server as the database does', async (t, url) => {
  const { bode, remotely, write } = await operated(t, url, EVERY_KIND)
  t.match(await remotely(['apply', '--auto-approve']), { exit: 0 })
  t.match(await bode(['deliveries', 'pause', 'zac']), { exit: 0 })
  write(EVERY_KIND.replace('10s', '9s'))
  t.match(await bode(['apply', '--auto-approve', '--note', 'slower']), { exit: 0 })

  const asked: [args: string[], exit: number, text: RegExp][] = [
    [[], 0, /configuration\.apply[^]*abonnement\.pause[^]*configuration\.apply/],
    [['--limit', '1', '--format', 'json'], 0, /"note": ?"slower"/],
    [
      ['--actor', 'operator', '--action', 'abonnement'],
      0,
      /^.*operator:jan {2}abonnement\.pause {2}abonnement zac.*\n/,
    ],
    [['--actor', 'client'], 0, /There is no such entry/],
    [['--from', '1h', '--until', '2999-01-01T00:00:00Z'], 0, /configuration\.apply/],
    [['--until', '2000-01-01T00:00:00Z'], 0, /There is no such entry/],
    [['--from', 'yesterday'], 3, /moment with a zone/],
    [['--limit', '0'], 64, /--limit/],
    [['--actor', ''], 64, /--actor is empty/],
  ]
  for (const [args, exit, text] of asked) {
    const here = await bode(['audit', 'list', ...args])
    t.equal(here.exit, exit, args.join(' '))
    t.match(here.stdout + here.stderr, text, args.join(' '))
    // A duration is counted from now on either side, so only the moment of asking differs.
    t.strictSame(await remotely(['audit', 'list', ...args]), here, `${args.join(' ')}, and there`)
  }
})

onEachDatabase(t, 'what a server commits for an operator is in its log too, after the commit', async (t, url) => {
  const { remotely, bode, write, server } = await operated(t, url, EVERY_KIND)
  const audited = () => server.logged().filter(({ msg }) => msg === 'audit')
  t.match(await remotely(['apply', '--auto-approve', '--dry-run']), { exit: 0 })
  t.match(await remotely(['plan']), { exit: 0 })
  t.strictSame(audited(), [], 'nothing was committed')
  t.match(await remotely(['apply', '--auto-approve']), { exit: 0 })
  t.match(await remotely(['apply', '--auto-approve']), { exit: 0, stdout: /No changes/ })
  write('a-new-secret-of-open-zaak-of-32-bytes', 'open-zaak.secret')
  await server.refreshSecrets()
  // The command line has no log: what it commits is in the table.
  write(EVERY_KIND.replace('10s', '9s'))
  t.match(await bode(['apply', '--auto-approve']), { exit: 0 })
  t.match(
    audited().map(({ audit }) => audit),
    [
      { actor: 'operator:jan', action: 'configuration.apply', result: 'done', detail: { generation: 1 } },
      { actor: 'bode', action: 'configuration.refresh', result: 'done', detail: { generation: 2 } },
    ],
  )
  t.equal(audited().length, 2)
})
