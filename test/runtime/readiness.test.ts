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
