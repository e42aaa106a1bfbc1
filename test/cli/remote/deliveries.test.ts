import t from 'tap'
import { onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { insertDeliveries } from '../../support/deliveries.ts'
import { operated, OPERATE_TOKEN } from '../../support/operate.ts'
import { until } from '../../support/server.ts'

const DOCUMENT = `apiVersion: bode/v1
kind: Configuration
metadata: { name: gemeente, environment: dev }
kanalen: { zaken: {} }
abonnementen:
  zac:
    callbackUrl: http://127.0.0.1:9/closed
    auth: { type: no_auth }
    kanalen: [{ naam: zaken }]
delivery: { retry: { maxRetries: 0 } }
egress: { policy: private, allow: [127.0.0.0/8] }
`

onEachDatabase(t, 'a server does for bode deliveries --server what the database does', async (t, url) => {
  const { bode, remotely, server, operateUrl } = await operated(t, url, DOCUMENT)
  t.match(await bode(['apply', '--auto-approve']), { exit: 0 })
  const database = await openTestDatabase(t, url)
  const { id } = await database.reader.abonnement.findFirstOrThrow()
  await insertDeliveries(database, { abonnementIds: [id], count: 3, now: Date.now() })
  await until(async () => (await database.reader.deliveryDone.count()) === 3)

  const same = [
    ['list', '--outcome', 'dead'],
    ['list', '--abonnement', 'zac', '--limit', '1', '--format', 'json'],
    ['list', '--outcome', 'ready'],
    ['list', '--abonnement', 'zak'],
    ['list', '--from', 'yesterday'],
    ['show', `1.${id}`],
    ['show', `99.${id}`],
    ['status'],
    ['replay', '--all', '--dry-run'],
    ['replay', '--outcome', 'delivered'],
    ['replays'],
    ['cancel', 'nothing'],
  ]
  for (const args of same) {
    const [here, there] = [await bode(['deliveries', ...args]), await remotely(['deliveries', ...args])]
    t.strictSame(there, here, args.join(' '))
  }
  t.match(await remotely(['deliveries', 'pause', 'zac', '--reason', 'moves é']), {
    exit: 0,
    stdout: /paused by operator:jan .*: moves é/,
  })
  t.match(await remotely(['deliveries', 'replay', '--all']), { exit: 0, stdout: /3 deliveries go out again/ })
  await until(async () => (await database.reader.delivery.count()) === 3)
  t.match(await bode(['deliveries', 'status']), {
    stdout: /zac {2}paused {2}3 ready {2}0 held {2}0 being sent {2}0 dead/,
  })
  t.match(await remotely(['deliveries', 'resume', 'zac']), { exit: 0, stdout: /zac {2}active/ })
  await until(async () => (await database.reader.deliveryDone.count()) === 6)
  t.match(await remotely(['deliveries', 'show', `1.${id}`, '--body']), { exit: 0, stdout: /"number":/ })

  await until(async () => (await database.reader.audit.count({ where: { action: 'deliveries.replay-end' } })) === 1)
  const audit = await database.reader.audit.findMany({ where: { actor: { not: 'jan' } }, orderBy: { at: 'asc' } })
  const actions = audit
    .filter(({ action }) => !action.startsWith('configuration.'))
    .map(({ actor, action }) => `${actor} ${action}`)
  t.strictSame(
    new Set(actions),
    new Set([
      'operator:jan abonnement.pause',
      'operator:jan deliveries.replay',
      'bode deliveries.replay-end',
      'operator:jan abonnement.resume',
      'operator:jan payload.read',
    ]),
  )
  const logged = server.logged().filter(({ msg }) => msg === 'audit')
  t.ok(logged.length >= 5, 'each in the log too')
  t.notMatch(JSON.stringify(logged), /"number"/)

  t.match(
    await bode(['deliveries', 'list', '--server', operateUrl, '--database-url', url], {
      environment: { BODE_SERVER_TOKEN: OPERATE_TOKEN },
    }),
    {
      exit: 64,
      stderr: /--database-url does not go with --server/,
    },
  )
})
