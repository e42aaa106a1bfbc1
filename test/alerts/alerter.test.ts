// Longer than most: a test for each way in which an alert begins, lasts and ends, over one world.
import t from 'tap'
import { COUNT_UP_TO } from '../../src/alerts/alert.ts'
import { Secret } from '../../src/common/secret.ts'
import { insertDeliveries as insertReplays } from '../../src/db/insert-deliveries.ts'
import type { Database } from '../../src/db/open.ts'
import { readBacklog } from '../../src/db/read-backlog.ts'
import { alertWorld, WEBHOOK_KEY } from '../support/alerts.ts'
import { onEachDatabase } from '../support/databases.ts'
import { insertDeliveries } from '../support/deliveries.ts'
import { abonnementOf, byKey } from '../support/snapshot.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

type State = { status?: string; reason?: string; changedAt: number; failingSinceAt?: number }

async function setState(database: Database, abonnementId: string, state: State): Promise<void> {
  const { changedAt, failingSinceAt, ...rest } = state
  const since = failingSinceAt === undefined ? null : BigInt(failingSinceAt)
  const row = { ...rest, changedAt: BigInt(changedAt), failingSinceAt: since }
  await database.transaction((tx) =>
    tx.abonnementState.upsert({ where: { abonnementId }, create: { abonnementId, ...row }, update: row }),
  )
}

async function addDead(database: Database, sequence: number, finishedAt: number, reason = 'status 500'): Promise<void> {
  const key = { sequence: BigInt(sequence), abonnementId: 'a', replay: 0, notificatieId: `n${sequence}` }
  const end = { outcome: 'dead', attempts: 8, reason, finishedAt: BigInt(finishedAt) }
  await database.transaction((tx) => tx.deliveryDone.create({ data: { ...key, ...end } }))
}

onEachDatabase(t, 'dead letters: told once, again when there are newer ones, and that it is over', async (t, url) => {
  const world = await alertWorld(t, url)
  const { database, clock, alerter } = world
  await addDead(database, 1, clock.now() - HOUR)
  await addDead(database, 2, clock.now() - MINUTE, 'timeout')
  await alerter.check()
  t.match(world.messages(), [
    {
      format: 'bode-alert/1',
      state: 'raised',
      kind: 'dead',
      abonnement: 'zac',
      count: 2,
      countIsMinimum: false,
      reason: 'timeout',
      since: new Date(clock.now() - HOUR).toISOString(),
      text: /^abonnement zac has 2 dead letters, the oldest of .*; the last: timeout$/,
      advice: 'bode deliveries list --abonnement zac --outcome dead',
    },
  ])
  clock.advance(2 * DAY)
  await alerter.check()
  t.equal(world.told().length, 1, 'they lie where they lay')
  await addDead(database, 3, clock.now())
  await alerter.check()
  t.match(world.messages().at(-1), { state: 'lasting', count: 3 })
  const again = (sequence: number) => {
    return { sequence, abonnementId: 'a', replay: 1, notificatieId: `n${sequence}`, orderingKey: null }
  }
  await database.transaction((tx) => insertReplays(tx, database.provider, [1, 2, 3].map(again), clock.now()))
  await alerter.check()
  t.strictSame(world.told(), ['raised dead a', 'lasting dead a', 'resolved dead a'], 'all were sent again')
  t.equal(new Set(world.messages().map(({ id }) => id)).size, 1)
  t.strictSame(await database.reader.alert.findMany(), [])
})

const kinds: [name: string, state: (now: number) => State, kind: string, text: RegExp][] = [
  [
    'blocked after nothing but failures',
    (now) => ({ status: 'blocked', reason: 'nothing but failures since 2026-11-01', changedAt: now }),
    'blocked',
    /^abonnement zac is blocked since .*, 2 notificaties wait \(nothing but failures since 2026-11-01\)$/,
  ],
  [
    'paused for a day',
    (now) => ({ status: 'paused', reason: 'maintenance', changedAt: now - DAY }),
    'paused',
    /paused since .*, 2 notificaties wait \(maintenance\)$/,
  ],
  [
    'failing for an hour',
    (now) => ({ changedAt: now, failingSinceAt: now - HOUR }),
    'failing',
    /^every callback to abonnement zac has failed since /,
  ],
]
for (const [name, state, kind, text] of kinds) {
  onEachDatabase(t, `an abonnement that is ${name} is an alert`, async (t, url) => {
    const world = await alertWorld(t, url)
    const { database, clock, alerter } = world
    await insertDeliveries(database, { abonnementIds: ['a'], count: 2, now: clock.now() })
    await setState(database, 'a', state(clock.now()))
    await alerter.check()
    t.match(world.messages(), [{ kind, abonnement: 'zac', count: 2, text }])
    await setState(database, 'a', { status: 'active', changedAt: clock.now() })
    await alerter.check()
    t.strictSame(world.told(), [`raised ${kind} a`, `resolved ${kind} a`])
  })
}

onEachDatabase(t, 'what waits too long, a pause of an hour, and an abonnement that is gone', async (t, url) => {
  const world = await alertWorld(t, url)
  const { database, clock, alerter } = world
  await insertDeliveries(database, { abonnementIds: ['a', 'b', 'gone'], count: 1, now: clock.now() })
  await setState(database, 'b', { status: 'paused', changedAt: clock.now() })
  clock.advance(14 * MINUTE)
  await alerter.check()
  t.strictSame(world.told(), [])
  clock.advance(MINUTE)
  await alerter.check()
  t.strictSame(world.told(), ['raised waiting a'])
})

onEachDatabase(t, 'a credential that ends within two weeks, or has ended', async (t, url) => {
  const world = await alertWorld(t, url)
  const { clock, alerter, snapshot } = world
  const endsIn = (ms: number): Secret => {
    const claims = Buffer.from(JSON.stringify({ exp: (clock.now() + ms) / 1_000 })).toString('base64url')
    return new Secret(`Bearer e30.${claims}.c2ln`)
  }
  const withToken = (id: string, ms: number) => {
    return abonnementOf(id, { auth: { type: 'api_key' }, authSecret: endsIn(ms) })
  }
  const previous = { value: new Secret('x'), slot: 'previous', fingerprint: '', expiresAt: clock.now() + 13 * DAY }
  const client = { id: 'c', clientId: 'zac', authorizedBy: 'autorisaties' as const, scopes: [], secrets: [previous] }
  Object.assign(snapshot, {
    abonnementen: byKey('id', [withToken('soon', 10 * DAY), withToken('later', 15 * DAY), withToken('over', -DAY)]),
    clientCredentials: new Map([['zac', client]]),
  })
  await alerter.check()
  t.strictSame(world.told(), [
    'raised credential abonnementen.over.auth.value',
    'raised credential abonnementen.soon.auth.value',
    'raised credential clientCredentials.zac.previousSecret',
  ])
  t.match(world.messages()[0], { abonnement: null, reason: /^ended / })
  clock.advance(13 * DAY)
  await alerter.check()
  t.ok(
    world.told().includes('resolved credential clientCredentials.zac.previousSecret'),
    'a previous secret that has ended was meant to',
  )
})

onEachDatabase(
  t,
  'a webhook that fails: later, one at a time, and the log says why without a secret',
  async (t, url) => {
    const world = await alertWorld(t, url)
    const { database, clock, alerter, webhook } = world
    webhook.answer({ status: 503 })
    for (const id of ['a', 'b']) await setState(database, id, { status: 'blocked', changedAt: clock.now() })
    await alerter.check()
    t.strictSame(world.told(), ['raised blocked a'], 'the first that fails ends the round')
    t.match(world.log.at(-1), { msg: 'alert not sent', error: 'status 503', failures: 1 })
    await alerter.check()
    await alerter.check()
    t.strictSame(world.told().slice(1), ['raised blocked b'], 'each waits for its own time')
    clock.advance(MINUTE)
    await alerter.check()
    await alerter.check()
    t.strictSame(world.told().slice(2), ['raised blocked a', 'raised blocked b'])
    webhook.answer({ status: 200 })
    clock.advance(2 * MINUTE)
    await alerter.check()
    await alerter.check()
    t.strictSame(world.told().slice(4), ['raised blocked a', 'raised blocked b'], 'then everything is told, once')
    t.equal(webhook.requests[0]?.headers.authorization, `Bearer ${WEBHOOK_KEY}`)
    const kept = JSON.stringify([world.log, await database.reader.alert.findMany(), world.messages()], (_key, value) =>
      typeof value === 'bigint' ? Number(value) : (value as unknown),
    )
    t.notMatch(kept, WEBHOOK_KEY)
  },
)

onEachDatabase(t, 'many servers on one database tell it once', async (t, url) => {
  const world = await alertWorld(t, url)
  const { database, clock, webhook } = world
  webhook.answer({ status: 200, delayMs: 50 })
  await setState(database, 'a', { status: 'blocked', changedAt: clock.now() })
  const servers = [world.alerter, world.another(), world.another()]
  await Promise.all(servers.map((server) => server.check()))
  await Promise.all(servers.map((server) => server.check()))
  t.strictSame(world.told(), ['raised blocked a'])
  clock.advance(DAY)
  await Promise.all(servers.map((server) => server.check()))
  t.strictSame(world.told().slice(1), ['lasting blocked a'])
})

onEachDatabase(t, 'one that comes back while its end is told is told anew', async (t, url) => {
  const world = await alertWorld(t, url)
  const { database, clock, webhook } = world
  await setState(database, 'a', { status: 'blocked', changedAt: clock.now() })
  await world.alerter.check()
  await setState(database, 'a', { status: 'active', changedAt: clock.now() })
  webhook.answer({ status: 200, delayMs: 300 })
  const telling = world.alerter.check()
  await webhook.received(2)
  await setState(database, 'a', { status: 'blocked', reason: 'gone', changedAt: clock.now() })
  await world.another().check()
  await telling
  t.strictSame(world.told(), ['raised blocked a', 'resolved blocked a'])
  clock.advance(MINUTE)
  await world.alerter.check()
  t.strictSame(world.told().slice(2), ['raised blocked a'])
})

onEachDatabase(t, 'dead letters of which more than are counted were sent again are there still', async (t, url) => {
  const world = await alertWorld(t, url)
  const { database, clock, alerter } = world
  const letter = (sequence: number) => {
    const key = { sequence: BigInt(sequence), abonnementId: 'a', replay: 0, notificatieId: `n${sequence}` }
    return { ...key, outcome: 'dead', attempts: 8, finishedAt: BigInt(clock.now() - DAY + sequence) }
  }
  const all = Array.from({ length: COUNT_UP_TO + 3 }, (_, index) => letter(index + 1))
  const replayed = all.slice(2).map((row) => ({ ...row, replay: 1, outcome: 'delivered' }))
  await database.transaction((tx) => tx.deliveryDone.createMany({ data: [...all, ...replayed] }))
  await alerter.check()
  t.match(world.messages(), [{ state: 'raised', kind: 'dead', count: 2, countIsMinimum: false }])
  const { dead } = await readBacklog(database)
  t.strictSame(dead, [{ abonnementId: 'a', count: 2 }], 'and the metrics agree')
})

onEachDatabase(t, 'dead letters are counted up to a bound for each abonnement', async (t, url) => {
  const { database, clock } = await alertWorld(t, url)
  const rows = ['a', 'b', 'c'].flatMap((abonnementId, lane) =>
    Array.from({ length: 4 - lane }, (_, index) => {
      const key = { sequence: BigInt(index), abonnementId, replay: 0, notificatieId: `n${index}` }
      return { ...key, outcome: 'dead', attempts: 8, finishedAt: BigInt(clock.now()) }
    }),
  )
  await database.transaction((tx) => tx.deliveryDone.createMany({ data: rows }))
  const { dead } = await readBacklog(database, 3)
  t.strictSame(
    dead.map(({ abonnementId, count }) => [abonnementId, count]),
    [
      ['a', 3],
      ['b', 3],
      ['c', 2],
    ],
  )
})

onEachDatabase(t, 'a server that dies while it tells leaves it to the next', async (t, url) => {
  const world = await alertWorld(t, url)
  const { database, clock, webhook } = world
  webhook.answer('hang')
  await setState(database, 'a', { status: 'blocked', changedAt: clock.now() })
  const checking = world.alerter.check()
  await webhook.received(1)
  await world.alerter.stop()
  await checking
  webhook.answer({ status: 200 })
  const next = world.another()
  await next.check()
  t.equal(webhook.requests.length, 1, 'not while the first may be at it')
  clock.advance(MINUTE)
  await next.check()
  await next.check()
  t.strictSame(world.told(), ['raised blocked a', 'raised blocked a'])
})

onEachDatabase(t, 'without a webhook alerts stand until they are over, and the address guard holds', async (t, url) => {
  const world = await alertWorld(t, url, { alerts: { url: null } })
  const { database, clock, alerter, snapshot, webhook } = world
  await setState(database, 'a', { status: 'blocked', changedAt: clock.now() })
  await alerter.check()
  t.match(await database.reader.alert.findMany(), [{ kind: 'blocked', subject: 'a', sentAt: null }])
  t.match(world.log, [{ msg: 'alert raised', alert: 'blocked', subject: 'a' }])
  snapshot.settings.alerts.url = `${webhook.url}/alarm`
  snapshot.settings.egress.allow = []
  await alerter.check()
  t.strictSame(world.told(), [])
  t.match(world.log.at(-1), { msg: 'alert not sent' })
  await setState(database, 'a', { status: 'active', changedAt: clock.now() })
  await alerter.check()
  t.strictSame(await database.reader.alert.findMany(), [])
})
