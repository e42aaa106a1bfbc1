// CloudEvents over a whole server: subscribed to through the API, posted in both modes, delivered.
import t from 'tap'
import { CLIENTS, TEST_SETTINGS } from '../support/app.ts'
import { eventBody, STRUCTURED } from '../support/cloud-event.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { Receiver } from '../support/receiver.ts'
import { seedConfiguration } from '../support/seed-configuration.ts'
import { testMasterKey } from '../support/seed.ts'
import { startTestServer, until } from '../support/server.ts'
import { makeToken } from '../support/token.ts'

const KEY = 'key-of-the-subscriber'
const SETTINGS = {
  ...TEST_SETTINGS,
  callbacks: { probe: 'off' as const },
  delivery: {
    maxConcurrency: 8,
    timeoutMs: 5_000,
    retry: { maxRetries: 7, backoffMs: 20, baseFactor: 1, backoffMaxMs: 20 },
  },
}

onEachDatabase(t, 'an event reaches its subscriber, with the same bytes on every attempt', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await seedConfiguration(database, { clients: CLIENTS, settings: SETTINGS })
  const masterKey = testMasterKey
  const server = await startTestServer(t, { databaseUrl: url, masterKey, environment: {}, cwd: t.testdir() })
  const receiver = await Receiver.start(t)
  const call = async (
    method: string,
    path: string,
    clientId: string,
    headers: Record<string, string>,
    body: string,
  ) => {
    const authorization = `Bearer ${makeToken({ clientId, now: Date.now() })}`
    const target = path.startsWith('http') ? path : `${server.url}/api/v1/${path}`
    const response = await fetch(target, { method, headers: { authorization, ...headers }, body })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const JSON_TYPE = { 'content-type': 'application/json' }
  const subscribed = await call(
    'POST',
    'abonnement',
    'zac',
    JSON_TYPE,
    JSON.stringify({
      callbackUrl: `${receiver.url}/events?of=bode`,
      auth: KEY,
      sendCloudevents: true,
      cloudeventFilters: [{ typeSubstring: 'overheid.zaken', filters: { zaak_type: 'A' } }],
    }),
  )
  t.equal(subscribed.status, 201)
  // The subscriber changes its mind between two attempts: what was posted as an event stays one.
  let changed = Promise.resolve<unknown>(undefined)
  receiver.answer(() => {
    if (receiver.requests.length > 1) return { status: 204 }
    const url = String(subscribed.body['url'])
    changed = call('PATCH', url, 'zac', JSON_TYPE, JSON.stringify({ sendCloudevents: false, auth: KEY }))
    return { status: 503, delayMs: 50 }
  })

  const event = eventBody({ data: { zaakType: 'A', naam: 'Ünïcode 🚲' }, traceparent: '00-1-2-01' })
  const posted = await call('POST', 'cloudevents', 'drc', STRUCTURED, JSON.stringify(event))
  t.equal(posted.status, 201)
  await receiver.received(2)
  t.match(await changed, { status: 200, body: { sendCloudevents: false } })
  const [first, second] = receiver.requests
  t.strictSame(JSON.parse(first?.body ?? ''), event)
  t.match(first, { method: 'POST', path: '/events?of=bode' })
  t.match(first?.headers, {
    'content-type': 'application/cloudevents+json',
    authorization: KEY,
    'webhook-id': /^[0-9a-f-]{36}$/,
    'webhook-attempt': '1',
  })
  t.equal(second?.body, first?.body)
  t.match(second?.headers, {
    'content-type': 'application/cloudevents+json',
    'webhook-id': first?.headers['webhook-id'],
    'webhook-attempt': '2',
  })

  const again = JSON.stringify({ sendCloudevents: true, auth: KEY })
  t.equal((await call('PATCH', String(subscribed.body['url']), 'zac', JSON_TYPE, again)).status, 200)
  const attributes = {
    'ce-id': 'binary',
    'ce-source': 'urn:x',
    'ce-specversion': '1.0',
    'ce-type': 'nl.overheid.zaken.zaak',
    'ce-subject': '%F0%9F%9A%B2',
  }
  for (const zaakType of ['B', 'A']) {
    const body = JSON.stringify({ zaakType })
    t.equal((await call('POST', 'cloudevents', 'drc', { ...JSON_TYPE, ...attributes }, body)).status, 201)
  }
  await receiver.received(3)
  await until(async () => (await database.reader.delivery.count()) === 0)
  t.equal(receiver.requests.length, 3, 'what the filter does not want is not delivered')
  t.strictSame(JSON.parse(receiver.requests[2]?.body ?? ''), {
    id: 'binary',
    source: 'urn:x',
    specversion: '1.0',
    type: 'nl.overheid.zaken.zaak',
    datacontenttype: 'application/json',
    subject: '🚲',
    data: { zaakType: 'A' },
  })
  const attempts = server.logged().filter(({ msg }) => msg === 'attempt')
  t.match(attempts, [{ status: 503, outcome: 'retry' }, { outcome: 'delivered' }, { outcome: 'delivered' }])
  t.notMatch(JSON.stringify(server.logged()), /Ünïcode|fd5d7e2c/, 'the log holds nothing of an event')
})
