import t from 'tap'
import { openDatabase, type Database } from '../../src/db/open.ts'
import type { Statements } from '../../src/db/statements.ts'
import { freshDatabaseUrl, onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { until } from '../support/server.ts'

// What can go wrong with a transaction that goes straight to the driver. A pool has ten connections, so what keeps one
// shows within so many times.
const MORE_THAN_THERE_ARE = 12
const insert = (tx: Statements, key: string) => tx.$executeRaw`INSERT INTO meta (key, value) VALUES (${key}, 'v')`
const fail = (tx: Statements) => tx.$executeRaw`INSERT INTO nowhere VALUES (1)`

onEachDatabase(t, 'a statement that failed fails the whole, also when nobody minds', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const careless = database.rawTransaction(async (tx) => {
    await insert(tx, 'before')
    await fail(tx).catch(() => {})
    await insert(tx, 'after').catch(() => {})
    return 'done'
  })
  await t.rejects(careless, { cause: { kind: 'TableDoesNotExist' } })
  t.strictSame(await keysOf(database), [])
})

onEachDatabase(t, 'what is left of a transaction that has ended can do nothing', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const left: Statements[] = []
  await database.rawTransaction(async (tx) => {
    left.push(tx)
    await insert(tx, 'kept')
  })
  const failed = database.rawTransaction(async (tx) => {
    left.push(tx)
    throw new Error('changed its mind')
  })
  await t.rejects(failed, /changed its mind/)
  for (const tx of left) await t.rejects(insert(tx, 'too late'), /the transaction has ended/)
  await t.rejects(left[0]!.$queryRaw`SELECT 1 AS one`, /the transaction has ended/)
  t.strictSame(await keysOf(database), ['kept'])
})

onEachDatabase(t, 'a close lets those under way and waiting end, and refuses new ones', async (t, url) => {
  const database = await openDatabase(url)
  const keys = Array.from({ length: 2 * MORE_THAN_THERE_ARE }, (_, index) => `k${index}`)
  const all = keys.map((key, index) =>
    index % 2 === 0 ? database.rawTransaction((tx) => insert(tx, key)) : database.rawStatement((tx) => insert(tx, key)),
  )
  await database.close()
  t.strictSame(new Set(await Promise.all(all)), new Set([1]))
  const closed = { message: 'the database is closed' }
  await t.rejects(
    database.rawTransaction((tx) => insert(tx, 'late')),
    closed,
  )
  await t.rejects(
    database.rawStatement((tx) => insert(tx, 'late')),
    closed,
  )
  const again = await openTestDatabase(t, url)
  t.strictSame(await keysOf(again), keys.toSorted())
})

onEachDatabase(
  t,
  'who waits too long for a turn gives up as locked, and takes no turn later',
  async (t, url, provider) => {
    const database = await openTestDatabase(t, url)
    const turns = provider === 'sqlite' ? 1 : 10
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    let begun = 0
    const holders = Array.from({ length: turns }, () =>
      database.transaction(async (tx) => {
        await tx.$queryRaw`SELECT 1 AS one`
        begun += 1
        await held
      }),
    )
    await until(() => begun === turns)
    const impatient = database.rawTransaction((tx) => insert(tx, 'impatient'), { waitMs: 50 })
    await t.rejects(impatient, { name: 'Failure', kind: 'locked' })
    release()
    await Promise.all(holders)
    await Promise.all(
      Array.from({ length: MORE_THAN_THERE_ARE }, (_, index) =>
        database.rawTransaction((tx) => insert(tx, `k${index}`)),
      ),
    )
    t.equal((await keysOf(database)).length, MORE_THAN_THERE_ARE)
  },
)

onEachDatabase(t, 'whatever transactions fail of, each gives its connection back', async (t, url, provider) => {
  const database = await openTestDatabase(t, url)
  await database.transaction(async (tx) => {
    await tx.$executeRawUnsafe('CREATE TABLE parent (id TEXT PRIMARY KEY)')
    await tx.$executeRawUnsafe('CREATE TABLE child (id TEXT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)')
  })
  const faults: Record<string, (tx: Statements) => Promise<unknown>> = {
    'a statement': fail,
    'a COMMIT': (tx) => tx.$executeRaw`INSERT INTO child VALUES ('nobody')`,
    'its own mind': async (tx) => {
      await insert(tx, 'never')
      throw new Error('changed')
    },
    'a type that nobody reads': (tx) =>
      tx.$queryRaw`SELECT CURRENT_TIMESTAMP, x'00' AS blob FROM meta, (SELECT 1) AS a`,
    ...(provider === 'postgresql' && {
      'a connection that is taken away': (tx: Statements) =>
        tx.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`,
    }),
  }
  for (const [name, work] of Object.entries(faults)) {
    const ended = await Promise.allSettled(
      Array.from({ length: MORE_THAN_THERE_ARE }, () => database.rawTransaction(work)),
    )
    t.strictSame(new Set(ended.map(({ status }) => status)), new Set(['rejected']), name)
    t.equal(await database.rawTransaction((tx) => insert(tx, name)), 1, `and the next goes on after ${name}`)
  }
  t.strictSame(await keysOf(database), Object.keys(faults).toSorted())
})

void t.test('a connection that breaks between two statements fails the transaction alone', async (t) => {
  const url = await freshDatabaseUrl(t, 'postgresql')
  const [database, other] = await Promise.all([openTestDatabase(t, url), openTestDatabase(t, url)])
  for (let time = 0; time < MORE_THAN_THERE_ARE; time += 1) {
    const cut = database.rawTransaction(async (tx) => {
      await insert(tx, 'lost')
      const [row] = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`
      await other.reader.$queryRaw`SELECT pg_terminate_backend(${row?.pid})`
      // Nothing is sent to a connection that is known to be gone, and COMMIT is no exception.
      await new Promise((resolve) => setTimeout(resolve, 10))
    })
    await t.rejects(cut)
  }
  t.equal(await database.rawTransaction((tx) => insert(tx, 'kept')), 1)
  t.strictSame(await keysOf(database), ['kept'])
})

/** What the tests wrote; `migrate` has keys of its own. */
async function keysOf(database: Database): Promise<string[]> {
  const rows = await database.reader.meta.findMany({ where: { value: 'v' }, select: { key: true } })
  return rows.map(({ key }) => key).toSorted()
}
