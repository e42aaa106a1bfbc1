// How replays go on: by rate, step by step, on any number of servers, through errors.
import t from 'tap'
import { cancelDeliveries } from '../../src/db/cancel-deliveries.ts'
import { bumpEpoch } from '../../src/db/catalog.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { acceptMany, DEAD, finishReplays, operationsWorld, runs } from '../support/operations.ts'
import { onEachStatement } from '../support/statements.ts'

onEachDatabase(t, 'all servers together keep to the rate, and nothing is taken twice', async (t, url, provider) => {
  const world = await operationsWorld(t, url)
  const { clock, database, operations } = world
  await world.subscribe('zac')
  await acceptMany(world, 40)
  await world.work(() => DEAD)
  await operations.startReplay({}, 10)
  const servers = [world.replayer(), world.replayer(), ...(provider === 'sqlite' ? [] : [world.replayer()])]
  const perSecond: number[] = []
  for (let second = 0; second < 5; second += 1) {
    const before = await database.reader.delivery.count()
    for (let turn = 0; turn < 4; turn += 1) {
      clock.advance(250)
      await Promise.all(servers.map((server) => server.step()))
    }
    perSecond.push((await database.reader.delivery.count()) - before)
  }
  t.ok(
    perSecond.every((count) => count <= 10),
    perSecond.join(' '),
  )
  t.equal(
    perSecond.reduce((sum, count) => sum + count, 0),
    40,
  )
  t.match(await operations.replays(), [{ state: 'finished', done: 40 }])
  t.equal(new Set(await runs(database)).size, 80, 'a dead run and a ready one of each')
})

onEachDatabase(t, 'two replays of the same deliveries send each once', async (t, url) => {
  const world = await operationsWorld(t, url)
  await world.subscribe('zac')
  await acceptMany(world, 10)
  await world.work(() => DEAD)
  await world.operations.startReplay({}, 50)
  await world.operations.startReplay({ abonnement: 'zac' }, 50)
  await finishReplays(world, world.replayer(), world.replayer())
  const jobs = await world.operations.replays()
  t.equal(
    jobs.reduce((sum, { done }) => sum + done, 0),
    10,
    'counted where they were sent',
  )
  t.equal((await runs(world.database)).filter((run) => run.endsWith('/1 ready')).length, 10)
})

/** What a step does in its transaction. */
const WRITES = [
  /^\s*UPDATE .*replay_job/s,
  /^\s*INSERT INTO delivery/,
  /SELECT 1 AS held FROM catalog/,
  /max\(replay\)/,
]

onEachDatabase(
  t,
  'a step that breaks off at any statement leaves nothing half, and the next goes on',
  async (t, url) => {
    const world = await operationsWorld(t, url)
    await world.subscribe('zac')
    await acceptMany(world, 120)
    await world.work(() => DEAD)
    await world.operations.startReplay({}, 20)
    const server = world.replayer()
    // The first only learns where the catalog is.
    world.clock.advance(500)
    await server.step()
    let broken = 0
    for (const statement of WRITES) {
      for (let time = 0; time < 2; time += 1) {
        world.clock.advance(500)
        const stop = onEachStatement((sql) => {
          if (!statement.test(sql)) return
          broken += 1
          throw new Error('the process ends here')
        })
        await server.step().finally(stop)
        const [job] = await world.operations.replays()
        const sent = (await runs(world.database)).filter((run) => run.endsWith('/1 ready'))
        t.equal(sent.length, job?.done, String(statement))
      }
      world.clock.advance(500)
      await server.step()
    }
    t.ok(broken >= 2 * WRITES.length, `broken off ${broken} times`)
    await finishReplays(world, server)
    t.match(await world.operations.replays(), [{ state: 'finished', done: 120 }])
    t.equal((await runs(world.database)).length, 240)
  },
)

onEachDatabase(t, 'nothing is sent again to an abonnement that is deleted meanwhile', async (t, url, provider) => {
  const world = await operationsWorld(t, url)
  await world.subscribe('zac')
  await acceptMany(world, 3)
  await world.work(() => DEAD)
  await world.operations.startReplay({}, 50)
  const server = world.replayer()
  await server.step()
  await world.database.transaction(async (tx) => {
    await bumpEpoch(tx)
    await tx.abonnement.deleteMany()
    await cancelDeliveries(tx, provider, ['id-zac'], world.clock.now())
  })
  await finishReplays(world, server)
  t.equal(await world.database.reader.delivery.count(), 0)
  t.match(await world.operations.replays(), [{ state: 'finished', done: 0, total: 3 }])
})

onEachDatabase(t, 'nothing overtakes within an ordering key, whatever is replayed beside it (I11)', async (t, url) => {
  const world = await operationsWorld(t, url)
  const { database, clock } = world
  await world.subscribe('zac')
  await acceptMany(world, 6, 'zaak 1')
  await acceptMany(world, 2, 'zaak 2')
  await world.work(() => DEAD)
  await world.operations.startReplay({}, 4)
  const server = world.replayer('hoofdObject')
  const order: string[] = []
  for (let turn = 0; turn < 12; turn += 1) {
    clock.advance(500)
    await server.step()
    const ready = await database.reader.delivery.findMany({ where: { state: 0 } })
    const keys = ready.map(({ orderingKey }) => orderingKey)
    t.equal(new Set(keys).size, keys.length, 'one of each key may go')
    // What goes now ends at every second turn only, so that the next replayed ones find it there.
    if (turn % 2 === 0) continue
    const sent = await database.reader.delivery.findMany({ where: { state: 0 }, orderBy: { sequence: 'asc' } })
    order.push(...sent.map(({ sequence, replay }) => `${sequence}/${replay}`))
    let left = sent.length
    await world.work(() => ((left -= 1) >= 0 ? {} : { outcome: 'retry', dueAt: clock.now() + 1 }))
    if (turn === 3) await world.accept(['zac'], { object: 'zaak 1' })
  }
  await world.work(() => ({}))
  const ended = await database.reader.attempt.findMany({ where: { replay: 1, status: 204 } })
  t.equal(new Set(ended.map(({ sequence }) => sequence)).size, 8)
  const ofFirst = order.filter((run) => Number.parseInt(run) <= 6).map((run) => Number.parseInt(run))
  t.strictSame(
    ofFirst,
    ofFirst.toSorted((a, b) => a - b),
    order.join(' '),
  )
  t.ok(ofFirst.length >= 4)
})

onEachDatabase(t, 'a step costs a window of the history, and finds what lies behind many others', async (t, url) => {
  const world = await operationsWorld(t, url)
  const { database, operations } = world
  await world.subscribe('zac')
  await acceptMany(world, 2)
  await world.work((number) => (number === 1 ? DEAD : {}))
  // A long history behind the first dead letter, and one more at its end.
  const other = await openTestDatabase(t, url)
  await other.transaction(
    (tx) => tx.$executeRaw`
      WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 12010)
      INSERT INTO delivery_done (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, finished_at)
      SELECT i, 'id-zac', 0, 'n2', CASE WHEN i = 12010 THEN 'dead' ELSE 'delivered' END, 1, 1 FROM n`,
  )
  t.match(await operations.startReplay({}, 50), { total: 2 })
  await finishReplays(world, world.replayer())
  t.match(await operations.replays(), [{ state: 'finished', done: 2 }])
  t.strictSame(
    (await database.reader.delivery.findMany()).map(({ sequence }) => Number(sequence)).toSorted((a, b) => a - b),
    [1, 12_010],
  )
})

onEachDatabase(t, 'a replay that cannot go on keeps no other back', async (t, url) => {
  const world = await operationsWorld(t, url)
  const { database, operations } = world
  await world.subscribe('zac', 'gzac')
  const broken = await world.accept(['zac'])
  await world.accept(['gzac'])
  await world.work(() => DEAD)
  await operations.startReplay({ abonnement: 'zac' }, 50)
  world.clock.advance(1)
  await operations.startReplay({ abonnement: 'gzac' }, 50)
  const other = await openTestDatabase(t, url)
  await other.transaction((tx) => tx.notificatie.update({ where: { id: broken }, data: { body: 'no JSON' } }))
  const server = world.replayer('hoofdObject')
  for (let turn = 0; turn < 5; turn += 1) {
    world.clock.advance(500)
    t.equal(await server.step(), true)
  }
  const jobs = await operations.replays()
  t.match(jobs, [
    { filter: { abonnement: 'gzac' }, state: 'finished', done: 1 },
    { filter: { abonnement: 'zac' }, state: 'running', done: 0 },
  ])
  t.equal(await database.reader.delivery.count(), 1)
})
