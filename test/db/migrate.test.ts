import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { migrate } from '../../src/db/migrate.ts'
import { demandMigrated, migrationStatus } from '../../src/db/migration-status.ts'
import { openDatabase } from '../../src/db/open.ts'
import type { Provider } from '../../src/db/target.ts'
import { onEachDatabase, openTestDatabase, providers } from '../support/databases.ts'
import { query } from '../support/postgres.ts'

/** Those of this program, in order. */
const MIGRATIONS = [
  '0001_init',
  '0002_history',
  '0003_client_type',
  '0004_delivery_operations',
  '0005_dead_letters_in_order',
]

for (const provider of providers) {
  void t.test(`two that migrate an empty database at once do not collide (${provider})`, async (t) => {
    const url = await emptyDatabaseUrl(t, provider)
    const results = await Promise.all([migrate(url), migrate(url)])
    t.strictSame(results.flat(), MIGRATIONS, 'one applied it, the other found nothing to do')
    t.strictSame(await migrate(url), [], 'and a third has nothing to do')
    const database = await openTestDatabase(t, url)
    await demandMigrated(database)
    t.match(await database.reader.catalog.findMany(), [{ id: 1, epoch: 1n }])
  })

  void t.test(`an unmigrated database is refused with what to do (${provider})`, async (t) => {
    const url = await emptyDatabaseUrl(t, provider)
    const database = await openDatabase(url, { create: true })
    t.teardown(() => database.close())
    t.match(await migrationStatus(database), { applied: [], pending: MIGRATIONS })
    await t.rejects(demandMigrated(database), { kind: 'unreachable', message: /run: bode db migrate/ })
  })
}

onEachDatabase(t, 'a migration that a killed process left unfinished is repeated', async (t, url) => {
  await undoTheLast(url)
  const database = await openTestDatabase(t, url)
  t.strictSame((await migrationStatus(database)).unfinished, MIGRATIONS.slice(-1))
  t.strictSame(await migrate(url), MIGRATIONS.slice(-1))
  t.match(await migrationStatus(database), { pending: [], unfinished: [] })
})

for (const provider of providers) {
  void t.test(`a migration and the note that it happened are one transaction (${provider})`, async (t) => {
    const url = await emptyDatabaseUrl(t, provider)
    await migrate(url)
    const database = await openTestDatabase(t, url)
    // The engine writes the note once more, with the right time; both are there when it cannot.
    const [row] = await database.reader.$queryRaw<{ undone: bigint }[]>`
      SELECT count(*) AS undone FROM _prisma_migrations WHERE finished_at IS NULL OR rolled_back_at IS NOT NULL`
    t.equal(Number(row?.undone), 0)
    await undoTheLast(url)
    await database.transaction((tx) => tx.$executeRawUnsafe('DROP INDEX delivery_done_dead_notificatie_idx'))
    await t.rejects(migrate(url), /dead_notificatie/, 'a migration that fails half-way')
    const indexes = await database.reader.$queryRawUnsafe<{ name: string }[]>(
      provider === 'sqlite'
        ? `SELECT name FROM sqlite_master WHERE name = 'delivery_done_dead_key_idx'`
        : `SELECT indexname AS name FROM pg_indexes WHERE indexname = 'delivery_done_dead_key_idx'`,
    )
    t.strictSame(indexes, [], 'leaves nothing of itself')
    await database.transaction((tx) => tx.$executeRawUnsafe(THE_OLD_INDEX))
    t.strictSame(await migrate(url), MIGRATIONS.slice(-1), 'and goes through when what it needs is there')
  })
}

onEachDatabase(t, 'a database of a newer program runs on, until it says that it may not', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await database.transaction(
    (tx) => tx.$executeRaw`
      INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
      SELECT 'x', checksum, '9999_future', started_at, finished_at, 1
      FROM _prisma_migrations WHERE migration_name = '0001_init'`,
  )
  t.match(await migrationStatus(database), { unknown: ['9999_future'], tooNew: false })
  await demandMigrated(database)
  t.strictSame(await migrate(url), [], 'an expanding migration of a newer program is no obstacle')

  await database.transaction((tx) => tx.meta.update({ where: { key: 'oldest_contract' }, data: { value: '99' } }))
  await t.rejects(demandMigrated(database), { kind: 'unreachable', message: /9999_future/ })
  await t.rejects(migrate(url), { kind: 'unreachable', message: /newer than this program/ })
})

void t.test('what cannot be opened says so without showing the password', async (t) => {
  const cases = [
    ['postgresql://bode:canary@127.0.0.1:1/none', 'unreachable', /postgresql:\/\/127\.0\.0\.1:1\/none/],
    ['mysql://bode:canary@db/none', 'usage', /file:PATH or postgresql/],
    ['postgresql://bad host/', 'usage', /file:PATH or postgresql/],
    [`file:${join(t.testdir({}), 'no/such/folder/bode.db')}`, 'unreachable', /no\/such\/folder/],
  ] as const
  for (const [url, kind, message] of cases) {
    const failure = await openDatabase(url, { create: true }).then(undefined, (error: unknown) => error)
    t.match(failure, { name: 'Failure', kind, message })
    t.notMatch((failure as Error).message, 'canary')
  }
})

async function emptyDatabaseUrl(t: Test, provider: Provider): Promise<string> {
  if (provider === 'sqlite') return `file:${join(t.testdir({}), 'empty.db')}`
  const admin = process.env['BODE_TEST_POSTGRES'] ?? ''
  const name = `t_${randomUUID().replaceAll('-', '')}`
  await query(admin, `CREATE DATABASE ${name}`)
  t.teardown(() => query(admin, `DROP DATABASE ${name} WITH (FORCE)`))
  return admin.replace(/\/postgres$/, `/${name}`)
}

/** The state after a kill: the last migration is in the books as begun, its one transaction never happened. */
async function undoTheLast(url: string): Promise<void> {
  const database = await openDatabase(url)
  await database.transaction(async (tx) => {
    for (const statement of UNDO) await tx.$executeRawUnsafe(statement)
    await tx.$executeRaw`
      UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = ${MIGRATIONS.at(-1)}`
  })
  await database.close()
}

const THE_OLD_INDEX = `
  CREATE INDEX delivery_done_dead_notificatie_idx ON delivery_done(notificatie_id) WHERE outcome = 'dead'`
const UNDO = ['DROP INDEX delivery_done_dead_key_idx', THE_OLD_INDEX]
