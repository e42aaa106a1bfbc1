import t from 'tap'
import type { Statements } from '../../src/db/statements.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'

onEachDatabase(t, 'raw statements take and give the same values as those of Prisma', async (t, url, provider) => {
  const database = await openTestDatabase(t, url)
  const big = 2n ** 60n
  const read = async (tx: Statements): Promise<unknown> => {
    const rows =
      provider === 'sqlite'
        ? await tx.$queryRaw`SELECT name, epoch, sequence, ${null} AS nil, ${"it's ?"} AS text, ${7} AS number,
              (SELECT count(*) FROM meta) AS count, (SELECT max(epoch) FROM catalog) AS last
            FROM catalog CROSS JOIN (SELECT 'a' AS name)`
        : await tx.$queryRaw`SELECT 'a' AS name, epoch, ${big}::bigint AS sequence, ${null}::text AS nil,
            ${"it's $1"}::text AS text, ${7}::int AS number,
              (SELECT count(*) FROM meta) AS count, ${true}::boolean AS yes FROM catalog`
    const changed = await tx.$executeRaw`UPDATE catalog SET epoch = epoch WHERE id = ${1} AND epoch >= ${1n}`
    return { rows, changed }
  }
  const expected = await database.transaction(read)
  t.strictSame(await database.rawTransaction(read), expected)
  t.match(expected, { rows: [{ name: 'a', epoch: 1n, nil: null, number: /7/ }], changed: 1 })
})

onEachDatabase(t, 'a raw transaction that throws leaves nothing behind, and the next one goes on', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const insert = (tx: Statements, key: string) => tx.$executeRaw`INSERT INTO meta (key, value) VALUES (${key}, 'v')`
  const failing = database.rawTransaction(async (tx) => {
    await insert(tx, 'lost')
    throw new Error('changed its mind')
  })
  await t.rejects(failing, { message: 'changed its mind' })
  await t.rejects(database.rawTransaction((tx) => tx.$executeRaw`INSERT INTO nowhere VALUES (1)`))
  await t.rejects(database.rawStatement((tx) => tx.$executeRaw`INSERT INTO nowhere VALUES (1)`))
  await database.rawTransaction((tx) => insert(tx, 'kept'))
  await database.rawStatement((tx) => insert(tx, 'alone'))
  const rows = await database.reader.meta.findMany({ where: { key: { in: ['lost', 'kept', 'alone'] } } })
  t.strictSame(rows.map(({ key }) => key).toSorted(), ['alone', 'kept'])
})

onEachDatabase(t, 'raw transactions and those of Prisma never see each other half done', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const add = async (tx: Statements): Promise<void> => {
    const [row] = await tx.$queryRaw<{ epoch: bigint }[]>`UPDATE catalog SET epoch = epoch + 1 RETURNING epoch`
    await new Promise((resolve) => setImmediate(resolve))
    await tx.$executeRaw`UPDATE catalog SET epoch = ${row?.epoch} WHERE id = 1`
  }
  await Promise.all(
    Array.from({ length: 20 }, (_, turn) =>
      turn % 2 === 0 ? database.rawTransaction(add) : database.transaction((tx) => add(tx)),
    ),
  )
  t.match(await database.reader.catalog.findFirst(), { epoch: 21n })
})

onEachDatabase(t, 'a raw transaction waits for another writer, and gives up as locked', async (t, url, provider) => {
  if (provider === 'postgresql') return
  const [first, second] = await Promise.all([openTestDatabase(t, url), openTestDatabase(t, url)])
  let release = (): void => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const write = (tx: Statements) => tx.$executeRaw`DELETE FROM meta WHERE key = 'none'`
  const long = first.rawTransaction(async (tx) => {
    await write(tx)
    await held
  })
  const failure = { name: 'Failure', kind: 'locked' }
  await t.rejects(second.rawTransaction(write, { waitMs: 60 }), failure)
  const patient = second.rawTransaction(write, { waitMs: 10_000 })
  release()
  t.equal(await patient, 0)
  await long
})
