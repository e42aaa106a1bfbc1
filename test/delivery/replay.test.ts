import t from 'tap'
import { onEachDatabase } from '../support/databases.ts'
import { acceptMany, DEAD, finishReplays, operationsWorld, runs } from '../support/operations.ts'

onEachDatabase(
  t,
  'dead letters are counted, sent again once, and the same replay then finds nothing',
  async (t, url) => {
    const world = await operationsWorld(t, url)
    const { operations, subscribe, work, database, replayer } = world
    await subscribe('zac', 'gzac')
    await acceptMany(world, 4)
    await world.accept(['gzac'])
    await work((number) => (number % 2 === 1 ? DEAD : {}))
    const filter = { abonnement: 'zac', status: '5xx' }
    const { total } = await operations.countReplay(filter)
    t.ok(total >= 1)
    t.match(await operations.countReplay(filter), { abonnementen: [{ name: 'zac', count: total, status: 'active' }] })
    t.equal(await database.reader.replayJob.count(), 0, 'counting starts nothing')

    const job = await operations.startReplay(filter, 50)
    t.match(job, { state: 'running', total, done: 0, requestedBy: 'operator:jan', filter })
    await t.rejects(operations.startReplay({ status: '5xx', abonnement: 'id-zac' }, 50), {
      kind: 'conflict',
      message: /is running/,
    })
    const server = replayer()
    await finishReplays(world, server)
    t.strictSame(server.replayed.length > 0 && new Set(server.replayed), new Set(['id-zac']))
    t.match(await operations.replays(), [{ id: job?.id, state: 'finished', done: total, total, finishedAt: /Z$/ }])
    t.equal((await runs(database)).filter((run) => run.endsWith('/1 ready')).length, total)
    t.equal(await operations.startReplay(filter, 50), null, 'on its way is not dead')
    t.match(await operations.list({ outcome: 'dead', abonnement: 'zac' }, { limit: 9 }), { deliveries: [] })

    await work(() => ({}))
    t.equal(await operations.startReplay(filter, 50), null, 'delivered is not dead')
    const shown = (await operations.list({ abonnement: 'zac', outcome: 'delivered' }, { limit: 9 })).deliveries.find(
      ({ replay }) => replay === 1,
    )
    t.match(await operations.show(shown?.id ?? '', { body: false }), {
      state: 'delivered',
      replay: 1,
      earlier: [{ replay: 0, outcome: 'dead', reason: 'status 503' }],
      history: [
        { replay: 0, status: 503 },
        { replay: 1, status: 204 },
      ],
    })
    const audit = await database.reader.audit.findMany({ orderBy: { at: 'asc' } })
    t.strictSame(
      audit.map(({ actor, action, subject }) => `${actor} ${action} ${subject}`),
      [`operator:jan deliveries.replay replay ${job?.id}`, `bode deliveries.replay-end replay ${job?.id}`],
    )
    t.strictSame(JSON.parse(audit[0]?.detail ?? ''), { filter, total, ratePerSecond: 50 })
  },
)

onEachDatabase(t, 'what dies again is a dead letter again', async (t, url) => {
  const world = await operationsWorld(t, url)
  await world.subscribe('zac')
  await acceptMany(world, 1)
  await world.work(() => DEAD)
  for (const replay of [1, 2]) {
    t.match(await world.operations.startReplay({}, 50), { total: 1 })
    await finishReplays(world, world.replayer())
    await world.work(() => DEAD)
    t.match(await world.operations.list({ outcome: 'dead' }, { limit: 9 }), { deliveries: [{ replay }] })
  }
  t.strictSame(await runs(world.database), ['1/0 dead', '1/1 dead', '1/2 dead'])
})

onEachDatabase(
  t,
  'a replay takes what had ended when it was asked for, each once, also what was delivered',
  async (t, url) => {
    const world = await operationsWorld(t, url)
    await world.subscribe('zac')
    await acceptMany(world, 3)
    await world.work(() => ({}))
    const from = new Date(world.clock.now() - 60_000).toISOString()
    await t.rejects(world.operations.startReplay({ outcome: 'delivered' }, 1), {
      kind: 'invalid',
      message: /from when/,
    })
    await t.rejects(world.operations.startReplay({ outcome: 'held' }, 1), { kind: 'invalid', message: /under way/ })
    await t.rejects(world.operations.startReplay({}, 0), { kind: 'invalid', message: /the rate/ })
    t.match(await world.operations.startReplay({ outcome: 'delivered', from }, 2), { total: 3 })
    const server = world.replayer()
    for (let turn = 0; turn < 10; turn += 1) {
      world.clock.advance(500)
      await server.step()
      await world.work(() => ({}))
      if (turn === 0) await acceptMany(world, 1)
    }
    t.strictSame(await runs(world.database), [
      '1/0 delivered',
      '1/1 delivered',
      '2/0 delivered',
      '2/1 delivered',
      '3/0 delivered',
      '3/1 delivered',
      '4/0 delivered',
    ])
  },
)

onEachDatabase(t, 'a message whose content was removed is not sent again, whenever that happened', async (t, url) => {
  const world = await operationsWorld(t, url)
  await world.subscribe('zac')
  await acceptMany(world, 3)
  await world.work(() => ({}))
  const removeContent = (number: number): Promise<unknown> =>
    world.database.transaction((tx) => tx.notificatie.update({ where: { id: `n${number}` }, data: { body: '' } }))
  await removeContent(1)
  const again = { outcome: 'delivered', from: new Date(world.clock.now() - 60_000).toISOString() } as const
  t.match(await world.operations.startReplay(again, 50), { total: 2 })
  await removeContent(2)
  await finishReplays(world, world.replayer())
  t.strictSame(await runs(world.database), ['1/0 delivered', '2/0 delivered', '3/0 delivered', '3/1 ready'])
})

onEachDatabase(t, 'a cancelled replay sends no more; what was sent stays', async (t, url) => {
  const world = await operationsWorld(t, url)
  const { operations, database } = world
  await world.subscribe('zac')
  await acceptMany(world, 30)
  await world.work(() => DEAD)
  const job = await operations.startReplay({}, 10)
  const server = world.replayer()
  await server.step()
  world.clock.advance(1_000)
  await server.step()
  // The first only learns where the catalog is.
  world.clock.advance(1_000)
  await server.step()
  const sent = await database.reader.delivery.count()
  t.ok(sent > 0 && sent < 30)
  t.match(await operations.cancelReplay(job?.id ?? ''), { state: 'cancelled', done: sent })
  world.clock.advance(1_000)
  t.equal(await server.step(), false)
  t.equal(await database.reader.delivery.count(), sent)
  await t.rejects(operations.cancelReplay(job?.id ?? ''), { kind: 'conflict', message: /cancelled already/ })
  await t.rejects(operations.cancelReplay('nothing'), { kind: 'invalid', message: /no replay/ })
})
