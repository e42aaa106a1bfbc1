import t from 'tap'
import { bumpEpoch } from '../../src/db/catalog.ts'
import { assertNoLeak, canary } from '../support/canary.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { valueOf, type Family } from '../support/exposition.ts'
import { restart, startObservedServer } from '../support/observed-server.ts'
import { Receiver } from '../support/receiver.ts'
import { until } from '../support/server.ts'

type Scraped = ReadonlyMap<string, Family>
const SETTLED = { ready: 0, leased: 0, held: 0 }

function lane(scraped: Scraped, abonnement: string): Record<string, number | undefined> {
  const count = (state: string) => valueOf(scraped, 'bode_lane_deliveries', { abonnement, state })
  return { ready: count('ready'), leased: count('leased'), held: count('held') }
}

onEachDatabase(t, 'what is accepted and delivered can be read, per abonnement', async (t, url, provider) => {
  const [good, bad] = [await Receiver.start(t), await Receiver.start(t)]
  bad.answer({ status: 500 })
  const key = canary('key')
  const server = await startObservedServer(t, url, [
    { id: 'good', callbackUrl: `${good.url}/?secret=${canary('query')}`, auth: key },
    { id: 'bad', callbackUrl: bad.url },
  ])
  for (let count = 0; count < 2; count += 1) t.equal(await server.publish(), 201)
  t.equal(await server.publish({ kanaal: 'unknown' }), 400)
  await until(async () => (await server.database.reader.delivery.count()) === 0)

  const scraped = await server.scrape()
  const value = (name: string, labels?: Record<string, string>) => valueOf(scraped, name, labels)
  t.equal(value('bode_build_info', { database: provider }), 1)
  t.equal(value('bode_ready'), 1)
  t.equal(value('bode_database_up'), 1)
  t.equal(value('bode_configuration_generation'), 1)
  t.ok(value('bode_configuration_epoch'))
  t.equal(value('bode_configuration_refused'), 0)
  const route = '/api/v1/notificaties'
  t.equal(value('bode_http_requests_total', { method: 'POST', route, status: '201' }), 2)
  t.equal(value('bode_http_requests_total', { method: 'POST', route, status: '400' }), 1)
  t.equal(value('bode_http_request_duration_seconds_count', { route }), 3)
  t.equal(value('bode_accepts_total', { outcome: 'stored' }), 2)
  t.equal(value('bode_accepts_total', { outcome: 'failed' }), 0)
  t.equal(value('bode_accept_duration_seconds_count'), 2)
  t.equal(value('bode_accept_batch_notificaties_sum'), 2)
  t.equal(value('bode_accept_queue_notificaties'), 0)
  t.equal(value('bode_attempts_total', { abonnement: 'good', result: '2xx' }), 2)
  t.equal(value('bode_attempts_total', { abonnement: 'bad', result: '5xx' }), 4)
  t.equal(value('bode_attempt_duration_seconds_count', { abonnement: 'bad' }), 4)
  t.equal(value('bode_delivery_duration_seconds_count', { abonnement: 'good' }), 2)
  t.ok(value('bode_delivery_duration_seconds_sum', { abonnement: 'good' })! < 60, 'seconds, since the accept')
  t.equal(value('bode_delivery_duration_seconds_count', { abonnement: 'bad' }), undefined)
  t.equal(value('bode_deliveries_total', { outcome: 'delivered' }), 2)
  t.equal(value('bode_deliveries_total', { outcome: 'dead' }), 2)
  t.equal(value('bode_leases_lost_total'), 0)
  t.equal(value('bode_leases_reclaimed_total'), 0)
  t.equal(value('bode_dead_letters', { abonnement: 'bad' }), 2)
  t.equal(value('bode_dead_letters', { abonnement: 'good' }), 0)
  t.equal(value('bode_abonnement_breaker_open', { abonnement: 'bad' }), 0)
  t.strictSame(lane(scraped, 'bad'), SETTLED)
  t.ok(value('process_resident_memory_bytes'))
  t.ok(value('nodejs_eventloop_lag_p99_seconds') !== undefined)

  const text = await (await fetch(`${server.metricsUrl}/metrics`)).text()
  assertNoLeak(t, text, 'the metrics')
  t.notMatch(text, /https?:|openzaak|bronorganisatie|517439943/)
})

onEachDatabase(t, 'what waits is counted, and for how long it could have gone', async (t, url) => {
  const receiver = await Receiver.start(t)
  const abonnementen = ['waits', 'keyed', 'idle'].map((id) => ({ id, callbackUrl: receiver.url }))
  const server = await startObservedServer(t, url, abonnementen)
  const now = Date.now()
  const row = (abonnementId: string, sequence: bigint, state: number, orderingKey: string | null = null) => ({
    abonnementId,
    sequence,
    replay: 0,
    notificatieId: '',
    state,
    dueAt: BigInt(now - 90_000 + Number(sequence)),
    attempt: 0,
    orderingKey,
    ...(state === 1 ? { leaseOwner: 'another', leasedUntilAt: BigInt(now + 600_000) } : {}),
  })
  await server.database.transaction(async (tx) => {
    await tx.abonnementState.createMany({
      data: [
        { abonnementId: 'waits', status: 'paused', changedAt: 1n },
        { abonnementId: 'keyed', status: 'blocked', changedAt: 1n, breakerOpen: true },
      ],
    })
    await tx.delivery.createMany({
      data: [
        row('waits', 1n, 0),
        row('waits', 2n, 0),
        row('waits', 3n, 1),
        row('keyed', 4n, 1, 'k'),
        row('keyed', 5n, 2, 'k'),
        row('keyed', 6n, 2, 'k'),
        row('a deleted one', 7n, 1),
      ],
    })
  })
  const scraped = await server.scrape()
  t.strictSame(lane(scraped, 'waits'), { ready: 2, leased: 1, held: 0 })
  t.strictSame(lane(scraped, 'keyed'), { ready: 0, leased: 1, held: 2 })
  t.strictSame(lane(scraped, 'idle'), SETTLED)
  const oldest = valueOf(scraped, 'bode_lane_oldest_due_seconds', { abonnement: 'waits' })!
  t.ok(oldest >= 89 && oldest < 120, `${oldest} s`)
  t.equal(valueOf(scraped, 'bode_lane_oldest_due_seconds', { abonnement: 'keyed' }), 0)
  const state = (abonnement: string) =>
    ['active', 'paused', 'blocked'].map((each) =>
      valueOf(scraped, 'bode_abonnement_state', { abonnement, state: each }),
    )
  t.strictSame(state('waits'), [0, 1, 0])
  t.strictSame(state('keyed'), [0, 0, 1])
  t.strictSame(state('idle'), [1, 0, 0])
  t.equal(valueOf(scraped, 'bode_abonnement_breaker_open', { abonnement: 'keyed' }), 1)
})

onEachDatabase(t, 'an abonnement that is gone leaves no series behind', async (t, url) => {
  const receiver = await Receiver.start(t)
  const server = await startObservedServer(t, url, [
    { id: 'goes', callbackUrl: receiver.url },
    { id: 'stays', callbackUrl: receiver.url },
  ])
  t.equal(await server.publish(), 201)
  await until(async () => (await server.database.reader.delivery.count()) === 0)
  const has = async (abonnement: string): Promise<string[]> =>
    [...(await server.scrape())].flatMap(([name, { samples }]) =>
      samples.some(({ labels }) => labels['abonnement'] === abonnement) ? [name] : [],
    )
  const all = await has('goes')
  t.equal(all.length, 8, all.join())
  await server.database.transaction(async (tx) => {
    await tx.abonnement.delete({ where: { id: 'goes' } })
    await bumpEpoch(tx)
  })
  await until(async () => (await has('goes')).length === 0)
  t.strictSame(await has('stays'), all)
})

void t.test('a database that hangs or fails costs its part of a scrape, and is not called well', async (t) => {
  const server = await startObservedServer(t, await freshDatabaseUrl(t, 'sqlite'), [
    { id: 'a', callbackUrl: 'http://127.0.0.1:9/' },
  ])
  await server.database.transaction((tx) => tx.$executeRaw`DROP TABLE abonnement_state`)
  const scraped = await server.scrape()
  t.equal(valueOf(scraped, 'bode_database_up'), 0)
  t.equal(valueOf(scraped, 'bode_lane_oldest_due_seconds', { abonnement: 'a' }), undefined)
  t.equal(valueOf(scraped, 'bode_configuration_generation'), 1)
})

void t.test('two servers in one process count each for itself, and without the port there is nothing', async (t) => {
  const [one, two] = [
    await startObservedServer(t, await freshDatabaseUrl(t, 'sqlite'), []),
    await startObservedServer(t, await freshDatabaseUrl(t, 'sqlite'), []),
  ]
  t.equal(await one.publish(), 201)
  t.equal(valueOf(await one.scrape(), 'bode_accepts_total', { outcome: 'stored' }), 1)
  t.equal(valueOf(await two.scrape(), 'bode_accepts_total', { outcome: 'stored' }), 0)
  await two.stop()
  await t.rejects(two.scrape(), 'it stops with its server')
  const plain = await restart(t, await freshDatabaseUrl(t, 'sqlite'), { metrics: undefined })
  t.equal(plain.metricsUrl, undefined)
})

void t.test('there is only /metrics, and a request cannot make a label', async (t) => {
  const server = await startObservedServer(t, await freshDatabaseUrl(t, 'sqlite'), [])
  t.equal((await fetch(`${server.metricsUrl}/`)).status, 404)
  const response = await fetch(`${server.metricsUrl}/metrics`)
  t.match(response.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  const paths = ['/evil-path', '/api/v1/evil-path', '/api/v1/kanaal/evil-path', '/api/v1/kanaal?x=evil-path']
  for (const path of paths) await fetch(`${server.url}${path}`)
  await fetch(`${server.url}/api/v1/notificaties`, { method: 'PROPFIND' })
  const text = await (await fetch(`${server.metricsUrl}/metrics`)).text()
  t.notMatch(text, /evil|PROPFIND/)
  t.match(text, /bode_http_requests_total\{method="other",route="\/api\/v1\/notificaties",status="405"\} 1/)
  t.match(text, /bode_http_requests_total\{method="GET",route="none",status="404"\} [12]/)
})
