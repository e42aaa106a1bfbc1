import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { bumpEpoch } from '../../src/db/catalog.ts'
import { openDatabase } from '../../src/db/open.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { startTestApp } from '../support/app.ts'
import { freshDatabaseUrl, openTestDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { query } from '../support/postgres.ts'
import { Receiver } from '../support/receiver.ts'
import { startTestServer, until } from '../support/server.ts'
import { configure, publishOnce } from './load.ts'
import { startProxy } from './proxy.ts'

t.setTimeout(240_000)

/** A whole server on a PostgreSQL that it reaches through a proxy. */
async function served(t: Test) {
  const direct = await freshDatabaseUrl(t, 'postgresql')
  const folder = mkdtempSync(join(tmpdir(), 'bode-away-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const receiver = await Receiver.start(t)
  const environment = { DATABASE_URL: direct, BODE_MASTER_KEY: newMasterKey() }
  await configure(folder, environment, receiver.url)
  const proxy = await startProxy(direct)
  t.teardown(() => proxy.stop())
  const server = await startTestServer(t, { databaseUrl: proxy.url, environment, cwd: folder, answerWithinMs: 1_000 })
  // A connection of its own each time: some tests break all that there are.
  const rowsOf = async (table: string): Promise<number> => {
    const [row] = await query<{ rows: string }>(direct, `SELECT count(*) AS rows FROM ${table}`)
    return Number(row?.rows)
  }
  let count = 0
  return {
    direct,
    proxy,
    receiver,
    stored: () => rowsOf('notificatie'),
    ready: async () => (await fetch(`${server.url}/readyz`)).status === 200,
    /** The status, and whether the message is in the database. */
    publish: async () => {
      const before = await rowsOf('notificatie')
      const status = await publishOnce(server.url, `http://zaken.test/${(count += 1)}`)
      return { status, stored: (await rowsOf('notificatie')) - before }
    },
    drained: () =>
      until(
        async () => (await rowsOf('delivery')) === 0,
        () => server.logged().slice(-5),
      ),
  }
}

void t.test('I15: a connection that breaks at COMMIT is never a false 201', async (t) => {
  const world = await served(t)
  t.strictSame(await world.publish(), { status: 201, stored: 1 })
  const broken = world.proxy.breakAtAccept('before')
  t.strictSame(await world.publish(), { status: 503, stored: 0 }, 'the database never got it')
  await broken
  const answerLost = world.proxy.breakAtAccept('after')
  t.strictSame(await world.publish(), { status: 201, stored: 1 }, 'the answer got lost, so it was looked up')
  await answerLost
  await world.drained()
  t.equal(world.receiver.requests.length, 6)
})

void t.test('I15: a database that vanishes without a word is 503, not ready, and found again', async (t) => {
  const world = await served(t)
  await world.publish()
  world.proxy.set('silent')
  t.strictSame(await world.publish(), { status: 503, stored: 0 })
  await until(async () => !(await world.ready()))
  world.proxy.set('open')
  await until(async () => (await world.ready()) && (await world.publish()).status === 201)
  await world.drained()
  const stored = await world.stored()
  t.equal(world.receiver.requests.length, 3 * stored, 'what was claimed when it vanished is delivered too')
})

void t.test('I15: a transaction that is cut off half-way fails, and keeps no lock', async (t) => {
  const direct = await freshDatabaseUrl(t, 'postgresql')
  const proxy = await startProxy(direct)
  t.teardown(() => proxy.stop())
  const [other, database] = [await openTestDatabase(t, direct), await openDatabase(proxy.url, { answerWithinMs: 300 })]
  t.teardown(() => database.close())
  const cutOff = database.transaction(async (tx) => {
    await bumpEpoch(tx)
    proxy.set('silent')
    await tx.catalog.findFirst()
  })
  await t.rejects(cutOff, 'and does not wait for ever')
  const before = performance.now()
  await other.transaction((tx) => bumpEpoch(tx))
  t.ok(performance.now() - before < 5_000, 'what it had locked is free')
})

void t.test('I15: a PostgreSQL that becomes read-only is 503, not ready, and found again', async (t) => {
  const world = await served(t)
  const name = new URL(world.direct).pathname.slice(1)
  const admin = world.direct.replace(`/${name}`, '/postgres')
  const others = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'bode listen'`
  await query(world.direct, `ALTER DATABASE ${name} SET default_transaction_read_only = on`)
  await query(world.direct, others)
  t.equal((await world.publish()).status, 503)
  await until(async () => !(await world.ready()))
  await query(admin, `ALTER DATABASE ${name} RESET default_transaction_read_only`)
  await query(world.direct, others)
  await until(async () => (await world.ready()) && (await world.publish()).status === 201)
  await world.drained()
})

void t.test('I15: a full disk under SQLite is 503 and never a false 201, and over when it is over', async (t) => {
  const url = await freshDatabaseUrl(t, 'sqlite')
  const { call, database } = await startTestApp(t, url, {
    kanalen: { zaken: [] },
    abonnementen: [
      {
        id: 'a',
        callbackUrl: 'http://127.0.0.1:1/',
        kanalen: [{ naam: 'zaken', filters: {}, acties: [], resources: [] }],
      },
    ],
  })
  // On the connection that writes.
  const pragma = (sql: string): Promise<unknown> => database.transaction((tx) => tx.$queryRawUnsafe(sql))
  const publish = async (): Promise<number> => {
    const kenmerken = { filler: 'x'.repeat(60) }
    return (await call('POST', 'notificaties', messageBody({ kenmerken }))).statusCode
  }
  const [size] = await database.reader.$queryRaw<{ page_count: bigint }[]>`PRAGMA page_count`
  await pragma(`PRAGMA max_page_count = ${Number(size?.page_count) + 4}`)
  const statuses: number[] = []
  while (statuses.filter((status) => status === 503).length < 5 && statuses.length < 2_000)
    statuses.push(await publish())
  t.strictSame(new Set(statuses), new Set([201, 503]))
  const stored = async (): Promise<number> => {
    // As another process sees it.
    const other = await openDatabase(url)
    const count = await other.reader.notificatie.count()
    await other.close()
    return count
  }
  t.equal(await stored(), statuses.filter((status) => status === 201).length)
  await pragma('PRAGMA max_page_count = 1073741823')
  t.equal(await publish(), 201)
  t.equal(await database.reader.delivery.count(), await stored())
})
