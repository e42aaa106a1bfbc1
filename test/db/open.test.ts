import t from 'tap'
import { openDatabase } from '../../src/db/open.ts'
import { freshDatabaseUrl, onEachDatabase, openTestDatabase } from '../support/databases.ts'

onEachDatabase(t, 'a transaction that throws leaves nothing behind', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await t.rejects(
    database.transaction(async (tx) => {
      await tx.meta.create({ data: { key: 'k', value: 'v' } })
      throw new Error('stop')
    }),
    { message: 'stop' },
  )
  t.equal(await database.reader.meta.findUnique({ where: { key: 'k' } }), null)
})

onEachDatabase(t, 'a read beside an open transaction does not see its uncommitted rows', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await database.transaction(async (tx) => {
    await tx.meta.create({ data: { key: 'k', value: 'v' } })
    t.equal(await database.reader.meta.findUnique({ where: { key: 'k' } }), null)
  })
  t.match(await database.reader.meta.findUnique({ where: { key: 'k' } }), { value: 'v' })
})

void t.test('on SQLite', async (t) => {
  onEachSqlite('the reading connection refuses to write', async (t, url) => {
    const database = await openTestDatabase(t, url)
    await t.rejects(database.reader.meta.create({ data: { key: 'k', value: 'v' } }))
  })

  onEachSqlite(
    'a second writer waits for the first without failing, and gives up with Failure locked',
    async (t, url) => {
      const [first, second] = await Promise.all([openTestDatabase(t, url), openTestDatabase(t, url)])
      const hold = withResolvers()
      const long = first.transaction(async () => hold.promise)
      await t.rejects(
        second.transaction(async () => 1, { waitMs: 60 }),
        { name: 'Failure', kind: 'locked' },
      )
      const patient = second.transaction(async () => 'done', { waitMs: 10_000 })
      hold.resolve()
      t.equal(await patient, 'done')
      await long
    },
  )

  function onEachSqlite(name: string, body: Parameters<typeof onEachDatabase>[2]): void {
    onEachDatabase(t, name, async (t, url, provider) => {
      if (provider === 'sqlite') await body(t, url, provider)
    })
  }
})

void t.test('a SQLite file that does not exist is Failure unreachable, and is not created', async (t) => {
  const folder = t.testdir({})
  await t.rejects(openDatabase(`file:${folder}/none.db`), { name: 'Failure', kind: 'unreachable', message: /none\.db/ })
  t.strictSame((await import('node:fs')).readdirSync(folder), [])
})

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

void t.test('a COMMIT that SQLite refuses is rolled back, and the next transaction begins', async (t) => {
  const database = await openTestDatabase(t, await freshDatabaseUrl(t, 'sqlite'))
  await database.transaction(async (tx) => {
    await tx.$executeRawUnsafe('CREATE TABLE parent (id TEXT PRIMARY KEY)')
    await tx.$executeRawUnsafe('CREATE TABLE child (id TEXT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)')
  })
  const orphan = database.transaction((tx) => tx.$executeRaw`INSERT INTO child VALUES ('nobody')`)
  await t.rejects(orphan)
  await database.transaction((tx) => tx.$executeRaw`INSERT INTO parent VALUES ('somebody')`, { waitMs: 1_000 })
  const [row] = await database.reader.$queryRaw<{ parents: bigint; children: bigint }[]>`
    SELECT (SELECT count(*) FROM parent) AS parents, (SELECT count(*) FROM child) AS children`
  t.strictSame([Number(row?.parents), Number(row?.children)], [1, 0])
})
