import t from 'tap'
import type { DeliveryFilter, DeliveryItem } from '../../src/common/deliveries.ts'
import { onEachDatabase } from '../support/databases.ts'
import { DEAD, operationsWorld, type OperationsWorld } from '../support/operations.ts'

const HOUR = 3_600_000
const TIMEOUT = { ...DEAD, reason: 'timeout', tried: { ...DEAD.tried, status: null, error: 'timeout' } }

/** One delivery in every state, and a dead letter of each kind. */
async function everyState({ subscribe, accept, work, clock, database }: OperationsWorld): Promise<void> {
  await subscribe('zac', 'gzac')
  await accept(['zac'])
  await work(() => ({}))
  clock.advance(2 * HOUR)
  await accept(['zac', 'gzac'], { kanaal: 'besluiten' })
  await work((number) => (number === 1 ? DEAD : TIMEOUT))
  clock.advance(2 * HOUR)
  const retry = {
    outcome: 'retry',
    dueAt: clock.now() + HOUR,
    failures: 1,
    tried: { ...DEAD.tried, responseHead: 'jan@example.nl' },
  } as const
  await accept(['zac'])
  await work(() => retry)
  await accept(['zac'], { object: 'x' })
  await accept(['zac'], { object: 'x' })
  await database.transaction((tx) => tx.$executeRaw`UPDATE delivery SET state = 1 WHERE notificatie_id = 'n4'`)
}

/** `notificatie abonnement state`, as a test reads it. */
function shown({ deliveries }: { deliveries: DeliveryItem[] }): string[] {
  return deliveries.map(({ notificatie, abonnement, state }) => `${notificatie} ${abonnement.name} ${state}`)
}

onEachDatabase(t, 'a list shows unfinished and ended deliveries together, the last accepted first', async (t, url) => {
  const world = await operationsWorld(t, url)
  await everyState(world)
  const page = await world.operations.list({}, { limit: 50 })
  t.strictSame(shown(page), [
    'n5 zac held',
    'n4 zac leased',
    'n3 zac ready',
    'n2 zac dead',
    'n2 gzac dead',
    'n1 zac delivered',
  ])
  t.equal(page.next, null)
  t.match(page.deliveries[2], { attempts: 1, status: 503, reason: 'status 503', finishedAt: null })
  t.match(page.deliveries[4], { attempts: 1, status: null, dueAt: null, kanaal: 'besluiten', replay: 0 })
  t.strictSame(new Set(page.deliveries.slice(3, 5).map(({ reason }) => reason)), new Set(['status 503', 'timeout']))
})

const AT_TEN = new Date(Date.UTC(2026, 10, 23, 10)).toISOString()
const AT_TWELVE = new Date(Date.UTC(2026, 10, 23, 12)).toISOString()
const FILTERS: [DeliveryFilter, string[]][] = [
  [{ abonnement: 'gzac' }, ['n2 gzac dead']],
  [{ abonnement: 'ID-GZAC' }, ['n2 gzac dead']],
  [{ kanaal: 'besluiten', abonnement: 'zac' }, ['n2 zac dead']],
  [{ notificatie: 'n1' }, ['n1 zac delivered']],
  [{ notificatie: 'n3' }, ['n3 zac ready']],
  [{ outcome: 'held' }, ['n5 zac held']],
  [{ outcome: 'leased' }, ['n4 zac leased']],
  [{ outcome: 'ready' }, ['n3 zac ready']],
  [{ outcome: 'delivered' }, ['n1 zac delivered']],
  [{ outcome: 'cancelled' }, []],
  [{ outcome: 'dead' }, ['n2 zac dead', 'n2 gzac dead']],
  [{ from: AT_TEN, until: AT_TWELVE }, ['n2 zac dead', 'n2 gzac dead']],
  [{ until: AT_TEN }, ['n1 zac delivered']],
  [{ from: AT_TWELVE, outcome: 'ready' }, ['n3 zac ready']],
  [{ status: '2xx' }, ['n1 zac delivered']],
  [{ status: '204' }, ['n1 zac delivered']],
  [{ status: '4xx' }, []],
]

onEachDatabase(t, 'each filter gives what it says and nothing else', async (t, url) => {
  const world = await operationsWorld(t, url)
  await everyState(world)
  for (const [filter, expected] of FILTERS) {
    t.strictSame(shown(await world.operations.list(filter, { limit: 50 })), expected, JSON.stringify(filter))
  }
  const ready = await world.operations.list({ status: '5xx' }, { limit: 50 })
  t.equal(ready.deliveries.length, 2, 'a dead one and one that is tried again')
  for (const status of ['timeout', 'no-answer']) {
    const { deliveries } = await world.operations.list({ status }, { limit: 50 })
    t.strictSame(
      deliveries.map(({ reason }) => reason),
      ['timeout'],
      status,
    )
  }
})

onEachDatabase(
  t,
  'what an abonnement that is gone has left is found by its uuid, and is not sent again',
  async (t, url) => {
    const { operations, subscribe, accept, work, database } = await operationsWorld(t, url)
    await subscribe('zac', 'gzac')
    await accept(['zac', 'gzac'])
    await work(() => DEAD)
    await database.transaction((tx) => tx.abonnement.delete({ where: { id: 'id-zac' } }))
    const page = await operations.list({ abonnement: 'ID-ZAC', outcome: 'dead' }, { limit: 5 })
    t.match(page.deliveries, [{ state: 'dead', abonnement: { id: 'id-zac', name: null } }])
    t.equal(page.deliveries.length, 1)
    await t.rejects(operations.list({ abonnement: 'zac' }, { limit: 5 }), { message: /no abonnement "zac"/ })
    await t.rejects(operations.countReplay({ abonnement: 'id-zac' }), { message: /no abonnement "id-zac"/ })
  },
)

onEachDatabase(t, 'pages follow one another without a gap and nothing twice', async (t, url) => {
  const world = await operationsWorld(t, url)
  await everyState(world)
  const all = shown(await world.operations.list({}, { limit: 50 }))
  for (const limit of [1, 2, 4]) {
    const seen: string[] = []
    let after: string | null | undefined
    do {
      const page = await world.operations.list({}, { limit, after: after ?? undefined })
      seen.push(...shown(page))
      t.ok(page.deliveries.length <= limit)
      after = page.next
    } while (after !== null)
    t.strictSame(seen, all, `${limit} at a time`)
  }
})

onEachDatabase(t, 'what means nothing is refused, and never left out of a filter', async (t, url) => {
  const { operations, subscribe } = await operationsWorld(t, url)
  await subscribe('zac')
  const wrong: [DeliveryFilter, RegExp][] = [
    [{ abonnement: 'zak' }, /no abonnement "zak", did you mean "zac"/],
    [{ outcome: 'ded' as 'dead' }, /the outcome is ready, held, .* not "ded"/],
    [{ status: '6xx' }, /the status is 503, 5xx/],
    [{ status: '' }, /the status is/],
    [{ from: 'yesterday' }, /"from" is a moment/],
    [{ from: '2026-11-23T10:00:00' }, /with a zone/],
    [{ until: '2026-13-23T10:00:00Z' }, /"until" is a moment/],
    [{ from: AT_TWELVE, until: AT_TEN }, /the period is empty/],
  ]
  for (const [filter, message] of wrong) {
    await t.rejects(operations.list(filter, { limit: 1 }), { kind: 'invalid', message }, JSON.stringify(filter))
  }
  await t.rejects(operations.list({}, { limit: 1, after: 'x' }), { kind: 'invalid', message: /no id of a delivery/ })
  await t.rejects(operations.show('1.nobody', { body: false }), { kind: 'invalid', message: /there is no delivery/ })
})

onEachDatabase(
  t,
  'one delivery is shown with its attempts; its body only when asked for, which is audited',
  async (t, url) => {
    const { operations, subscribe, accept, work, clock, entries, database } = await operationsWorld(t, url)
    await subscribe('zac')
    await accept(['zac'])
    const retry = {
      outcome: 'retry',
      dueAt: clock.now(),
      failures: 1,
      tried: { ...DEAD.tried, responseHead: 'jan@example.nl' },
    } as const
    await work((number) => (number < 3 ? retry : DEAD))
    const [item] = (await operations.list({ outcome: 'dead' }, { limit: 1 })).deliveries
    const shown = await operations.show(item?.id ?? '', { body: false })
    t.match(shown, { state: 'dead', attempts: 3, clientId: 'open-zaak', earlier: [], reason: 'status 503' })
    t.strictSame(
      shown.history.map(({ number, status, durationMs, server }) => [number, status, durationMs, server]),
      [1, 2, 3].map((number) => [number, 503, 12, 'worker']),
    )
    t.notOk('body' in shown)
    t.notMatch(JSON.stringify(shown), /jan@example/, 'nor what was answered')
    t.equal(await database.reader.audit.count(), 0)

    t.match(await operations.show(shown.id, { body: true }), {
      body: /"hoofdObject"/,
      history: [{ responseHead: 'jan@example.nl' }, { responseHead: 'jan@example.nl' }, { responseHead: null }],
    })
    const [row] = await database.reader.audit.findMany()
    t.match(row, { actor: 'operator:jan', action: 'payload.read', subject: 'notificatie n1', result: 'done' })
    t.notMatch(JSON.stringify({ ...row, at: 0 }), /hoofdObject/)
    t.equal(entries.length, 1)
  },
)

onEachDatabase(t, 'a pause keeps what waits, and a resume ends whatever kept it', async (t, url) => {
  const { operations, subscribe, accept, work, database, resumed, clock } = await operationsWorld(t, url)
  await subscribe('zac', 'gzac')
  t.match(await operations.pause('zac', 'being moved'), {
    status: 'paused',
    reason: 'being moved',
    changedBy: 'operator:jan',
  })
  await accept(['zac', 'gzac'])
  await work(() => ({}))
  t.match(await operations.status(), [
    { abonnement: { name: 'gzac' }, status: 'active', ready: 0, dead: 0 },
    { abonnement: { name: 'zac' }, status: 'paused', ready: 1, oldestDue: new Date(clock.now()).toISOString() },
  ])
  const worse = { status: 'blocked', breakerOpen: true, closedUntilAt: BigInt(clock.now() + HOUR), failingSinceAt: 1n }
  await database.transaction((tx) => tx.abonnementState.updateMany({ data: worse }))
  t.match(await operations.status(), [{}, { status: 'blocked', breakerOpen: true, closedUntil: /T/ }])
  clock.advance(1)
  t.match(await operations.resume('id-zac'), { status: 'active', breakerOpen: false, closedUntil: null, ready: 1 })
  t.strictSame(resumed, ['id-zac'])
  await work(() => ({}))
  t.match(await operations.list({ abonnement: 'zac' }, { limit: 5 }), { deliveries: [{ state: 'delivered' }] })
  const rows = await database.reader.audit.findMany({ orderBy: { id: 'asc' } })
  t.strictSame(
    rows.map(({ action, subject }) => `${action} ${subject}`),
    ['abonnement.pause abonnement zac', 'abonnement.resume abonnement zac'],
  )
  await operations.resume('gzac')
  await t.rejects(operations.pause('nobody', null), { kind: 'invalid', message: /no abonnement/ })
})
