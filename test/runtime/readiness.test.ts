import t from 'tap'
import { onEachDatabase } from '../support/databases.ts'
import { valueOf } from '../support/exposition.ts'
import { startObservedServer } from '../support/observed-server.ts'
import { until } from '../support/server.ts'

onEachDatabase(t, 'a server whose database cannot be written is alive and not ready, until it can', async (t, url) => {
  const { url: server, database, scrape, publish } = await startObservedServer(t, url, [])
  const statusOf = async (path: string): Promise<number> => (await fetch(`${server}${path}`)).status
  t.equal(await statusOf('/readyz'), 200)
  const rename = (from: string, to: string): Promise<number> =>
    database.transaction((tx) => tx.$executeRawUnsafe(`ALTER TABLE ${from} RENAME TO ${to}`))
  await rename('server', 'server_gone')
  await rename('notificatie', 'notificatie_gone')
  t.equal(await publish(), 503, 'never a false 201')
  await until(async () => (await statusOf('/readyz')) === 503)
  t.equal(await statusOf('/healthz'), 200)
  t.equal(valueOf(await scrape(), 'bode_ready'), 0)
  await rename('notificatie_gone', 'notificatie')
  await rename('server_gone', 'server')
  await until(async () => (await statusOf('/readyz')) === 200)
  t.equal(await publish(), 201)
})

onEachDatabase(
  t,
  'a write that fails makes a server not ready at once, and one that succeeds ready',
  async (t, url) => {
    const { url: server, database, publish, logged } = await startObservedServer(t, url, [])
    const ready = async (): Promise<number> => (await fetch(`${server}/readyz`)).status
    const rename = (from: string, to: string): Promise<number> =>
      database.transaction((tx) => tx.$executeRawUnsafe(`ALTER TABLE ${from} RENAME TO ${to}`))
    // Everything can be read, and the heartbeat be written: only what is accepted cannot.
    await rename('notificatie', 'notificatie_gone')
    t.equal(await publish(), 503)
    t.equal(await ready(), 503, 'no heartbeat is waited for')
    t.equal(await publish(), 503)
    await rename('notificatie_gone', 'notificatie')
    t.equal(await ready(), 503, 'nothing was written since')
    t.equal(await publish(), 201)
    t.equal(await ready(), 200)
    t.equal(await publish({ kanaal: 'unknown' }), 400)
    t.equal(await ready(), 200, 'what is refused for itself says nothing of the database')
    t.match(
      logged().filter(({ msg }) => msg === 'the database does not answer'),
      [{ level: 'error' }],
      'said once',
    )
  },
)
