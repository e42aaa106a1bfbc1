import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { freshDatabaseUrl, openTestDatabase } from '../support/databases.ts'
import { Receiver } from '../support/receiver.ts'
import { startTestServer, until } from '../support/server.ts'
import { connectionOf, type SqliteConnection } from '../support/sqlite-connections.ts'
import { configure, publishOnce } from './load.ts'

t.setTimeout(240_000)

/** What SQLite itself then answers a write with, whoever the user is: root may write to any file. */
const FAULTS: Record<string, { begin: (writer: SqliteConnection) => void; end: (writer: SqliteConnection) => void }> = {
  'whose disk is full': {
    begin: (writer) => writer.pragma(`max_page_count = ${String(writer.pragma('page_count', { simple: true }))}`),
    end: (writer) => writer.pragma('max_page_count = 1073741823'),
  },
  'that becomes read-only': {
    begin: (writer) => writer.pragma('query_only = ON'),
    end: (writer) => writer.pragma('query_only = OFF'),
  },
}

for (const [what, { begin, end }] of Object.entries(FAULTS)) {
  void t.test(`I15: a SQLite ${what} is 503, not ready, loses nothing, and is well by itself`, async (t) => {
    const databaseUrl = await freshDatabaseUrl(t, 'sqlite')
    const folder = mkdtempSync(join(tmpdir(), 'bode-refuses-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const receiver = await Receiver.start(t)
    const environment = { DATABASE_URL: databaseUrl, BODE_MASTER_KEY: newMasterKey() }
    await configure(folder, environment, receiver.url)
    const writer = connectionOf(t, 'INSERT INTO notificatie')
    const server = await startTestServer(t, { databaseUrl, environment, cwd: folder })
    const database = await openTestDatabase(t, databaseUrl)
    const ready = async (): Promise<boolean> => (await fetch(`${server.url}/readyz`)).status === 200
    const answers = new Map<string, number>()
    const publish = async (): Promise<number> => {
      const id = `http://zaken.test/${answers.size}`
      const status = await publishOnce(server.url, id)
      answers.set(id, status)
      return status
    }
    const acknowledged = (): string[] => [...answers].filter(([, status]) => status === 201).map(([id]) => id)

    t.equal(await publish(), 201)
    begin(writer())
    // A heartbeat that finds room in a page that is there makes it ready for a moment.
    await until(async () => (await publish()) === 503 && !(await ready()))
    t.equal(await database.reader.notificatie.count(), acknowledged().length, 'what got a 201, and nothing else')
    end(writer())
    await until(async () => (await publish()) === 201 && (await ready()))
    await until(
      async () => (await database.reader.delivery.count()) === 0,
      () => server.logged().slice(-5),
    )
    t.strictSame(new Set(answers.values()), new Set([201, 503]))
    const arrived = receiver.requests.map(({ path, body }) => `${path} ${String(JSON.parse(body).resourceUrl)}`)
    const wanted = acknowledged().flatMap((id) => ['a', 'b', 'c'].map((name) => `/${name} ${id}`))
    t.strictSame(new Set(arrived), new Set(wanted))
    t.equal(await database.reader.notificatie.count(), acknowledged().length)
  })
}
