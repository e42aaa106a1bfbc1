// Longer than most: one test per line of the inventory. What the tests of Open Notificaties say of
// CloudEvents (behaviour reference §11: test_cloud_event.py, the CloudEvent classes of test_tasks.py and
// test_queries.py, the *_as_cloudevent tests of test_notificatie.py), as it is here.
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { AuthSpec, CloudEventFilter } from '../../src/common/model.ts'
import { startTestApp, TEST_SETTINGS } from '../support/app.ts'
import { makeCertificate } from '../support/certificate.ts'
import { eventBody, EVERY_EVENT, STRUCTURED } from '../support/cloud-event.ts'
import { startDeliveringApp, type DeliveringApp } from '../support/delivering-app.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'
import type { SeedAbonnement } from '../support/seed-configuration.ts'
import { statementsOf } from '../support/statements.ts'
import { listenOnLoopback } from '../support/loopback.ts'

const KEY = 'Bearer key-of-the-subscriber'
const KANALEN = { zaken: [] }
const ENTRY = { naam: 'zaken', filters: {}, acties: [], resources: [] }
/** Time-outs are of real time, retries of the test's clock. */
const SETTINGS = {
  ...TEST_SETTINGS,
  delivery: {
    maxConcurrency: 8,
    timeoutMs: 200,
    retry: { maxRetries: 7, backoffMs: 25_000, baseFactor: 4, backoffMaxMs: 52_000_000 },
  },
}
const UNTIL_RETRY = 25_000

type World = DeliveringApp & { receiver: Receiver; post: (event?: Record<string, unknown>) => Promise<void> }

/** A server with one subscriber of every event, or with `abonnementen` that call paths of one receiver. */
async function start(t: Test, url: string, abonnementen: Partial<SeedAbonnement>[] = [{}]): Promise<World> {
  const receiver = await Receiver.start(t)
  const seeded = abonnementen.map((each, index) => ({
    callbackUrl: `${receiver.url}/${index}`,
    auth: KEY,
    cloudEvents: EVERY_EVENT,
    ...each,
  }))
  const app = await startDeliveringApp(t, url, { kanalen: KANALEN, abonnementen: seeded, settings: SETTINGS })
  const post = async (event = eventBody()): Promise<void> => {
    const response = await app.call('POST', 'cloudevents', event, { headers: STRUCTURED })
    t.equal(response.statusCode, 201, response.body)
  }
  return { ...app, receiver, post }
}

const only = (typeSubstring: string, filters: Record<string, string> = {}): CloudEventFilter => ({
  typeSubstring,
  filters,
})
const wants = (...filters: CloudEventFilter[]): Partial<SeedAbonnement> => ({ cloudEvents: { send: true, filters } })

onEachDatabase(t, 'test_cloudevent_send_success: the callback receives the event as it was posted', async (t, url) => {
  const world = await start(t, url)
  await world.post()
  t.strictSame(await world.drained(), { delivered: 1 })
  t.equal(await world.database.reader.notificatie.count(), 1)
  t.equal(world.receiver.requests.length, 1)
  t.match(world.receiver.requests[0], {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', authorization: KEY },
  })
  t.strictSame(JSON.parse(world.receiver.requests[0]?.body ?? ''), eventBody())
  t.match(world.attempts(), [{ outcome: 'delivered', status: 204 }])
})

void t.test(
  'test_cloudevent_send_to_subscriptions_with_additional_filters: to the unfiltered and the matching one only',
  async (t) => {
    const world = await start(t, await freshDatabaseUrl(t, 'sqlite'), [
      wants(only('nl.overheid.zaken')),
      wants(only('nl.overheid.zaken', { zaaktype: 'A' })),
      wants(only('nl.overheid.zaken', { zaaktype: 'B' })),
    ])
    await world.post()
    t.strictSame(await world.drained(), { delivered: 2 })
    t.strictSame(world.receiver.requests.map(({ path }) => path).toSorted(), ['/0', '/1'])
  },
)

void t.test('test_cloudevent_subscription_with_filters_but_no_data_defined_on_event: it is delivered', async (t) => {
  const world = await start(t, await freshDatabaseUrl(t, 'sqlite'), [wants(only('zaken', { zaaktype: 'A' }))])
  await world.post(eventBody({ data: undefined }))
  // Open Notificaties answers these two with 500.
  await world.post(eventBody({ data: null }))
  await world.post(eventBody({ data: ['A'] }))
  t.strictSame(await world.drained(), { delivered: 3 })
  t.equal(world.receiver.requests.length, 3)
})

onEachDatabase(t, 'test_cloudevent_send_failure: a 400 is tried again with the same bytes', async (t, url) => {
  const world = await start(t, url)
  world.receiver.answer({ status: 400 })
  await world.post()
  await world.attempted(1)
  world.advance(UNTIL_RETRY)
  await world.attempted(2)
  t.match(world.attempts(), [
    { attempt: 1, outcome: 'retry', status: 400 },
    { attempt: 2, outcome: 'retry', status: 400 },
  ])
  const [first, second] = world.receiver.requests
  t.equal(second?.body, first?.body)
  t.equal(second?.headers['webhook-id'], first?.headers['webhook-id'])
  t.equal(second?.headers['webhook-attempt'], '2')
})

void t.test('test_cloudevent_send_request_exception: a time-out is tried again', async (t) => {
  const world = await start(t, await freshDatabaseUrl(t, 'sqlite'))
  world.receiver.answer('hang')
  await world.post()
  await world.attempted(1)
  world.advance(UNTIL_RETRY)
  await world.attempted(2)
  t.match(world.attempts(), [
    { attempt: 1, outcome: 'retry', error: 'timeout' },
    { attempt: 2, outcome: 'retry', error: 'timeout' },
  ])
})

void t.test('test_correct_subs_get_cloudevent: by a part of the type, once per subscription', async (t) => {
  const world = await start(t, await freshDatabaseUrl(t, 'sqlite'), [
    wants(only('zaken.zaak')),
    wants(only('nl.overheid'), only('zaken'), only('created')),
    wants(only('besluiten')),
    wants(),
    { cloudEvents: { send: false, filters: [only('zaken')] } },
    { cloudEvents: { send: true, filters: [] }, kanalen: [ENTRY] },
  ])
  await world.post(eventBody({ data: 'some text' }))
  t.strictSame(await world.drained(), { delivered: 2 })
  t.strictSame(world.receiver.requests.map(({ path }) => path).toSorted(), ['/0', '/1'])
  t.match(JSON.parse(world.receiver.requests[0]?.body ?? ''), { data: 'some text' })
})

onEachDatabase(t, 'test_data: XML goes on verbatim, null stays null, what is left out stays out', async (t, url) => {
  const world = await start(t, url)
  const xml = '<much wow="xml"/>'
  for (const data of [xml, null, undefined]) {
    await world.post(eventBody({ data }))
    await world.drained()
  }
  const [text, nothing, absent] = world.receiver.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>)
  t.equal(text?.['data'], xml)
  t.ok(nothing !== undefined && nothing['data'] === null)
  t.notOk('data' in (absent ?? {}))
})

void t.test('CloudEventSerializer.test_create_queries: three statements, however many subscriptions', async (t) => {
  for (const count of [1, 10, 100]) {
    const abonnementen = Array.from({ length: count }, () => ({
      callbackUrl: 'http://127.0.0.1:1/',
      cloudEvents: EVERY_EVENT,
    }))
    const { call, database } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { abonnementen })
    const statements = await statementsOf(() => call('POST', 'cloudevents', eventBody(), { headers: STRUCTURED }))
    t.match(
      statements.filter((sql) => /^(?:SELECT|UPDATE|INSERT)/.test(sql)),
      [/^UPDATE catalog/, /^INSERT INTO notificatie/, /^INSERT INTO delivery/],
    )
    t.equal(await database.reader.delivery.count(), count)
  }
})

onEachDatabase(
  t,
  'CloudEvent.test_cloudevent_invalid_response_retry: the delivery waits for its turn',
  async (t, url) => {
    const world = await start(t, url)
    world.receiver.answer({ status: 400 })
    await world.post()
    await world.attempted(1)
    t.match(await world.database.reader.delivery.findMany(), [
      { attempt: 1, state: 0, dueAt: BigInt(world.clock.now() + UNTIL_RETRY) },
    ])
    t.match(await world.database.reader.attempt.findMany(), [{ number: 1, status: 400, error: null }])
  },
)

void t.test('CloudEvent.test_cloudevent_request_exception_retry: what went wrong is on record', async (t) => {
  const world = await start(t, await freshDatabaseUrl(t, 'sqlite'))
  world.receiver.answer('hang')
  await world.post()
  await world.attempted(1)
  t.match(await world.database.reader.delivery.findMany(), [{ attempt: 1, state: 0 }])
  t.match(await world.database.reader.attempt.findMany(), [{ number: 1, status: null, error: 'timeout' }])
})

const ZGW: AuthSpec = { type: 'zgw', clientId: 'bode', userId: 'bode', userRepresentation: '' }
const oauth2 = (tokenServer: Receiver): AuthSpec => ({
  type: 'oauth2_client_credentials',
  clientId: 'bode',
  tokenUrl: `${tokenServer.url}/token`,
  scope: '',
})

void t.test('CloudEvent.test_cloudevent_oauth2_exception_retry: no token is a failed attempt', async (t) => {
  const tokens = await Receiver.start(t)
  tokens.answer({ status: 500 })
  const abonnement = { authSpec: oauth2(tokens) }
  const world = await start(t, await freshDatabaseUrl(t, 'sqlite'), [abonnement])
  await world.post()
  await world.attempted(1)
  t.match(await world.database.reader.delivery.findMany(), [{ attempt: 1, state: 0 }])
  t.match(await world.database.reader.attempt.findMany(), [{ status: null, error: 'auth' }])
  t.equal(world.receiver.requests.length, 0)
})

/** Posts an event and returns the Authorization of the one request that brought it. */
async function delivered(t: Test, { post, receiver, ...world }: World): Promise<string> {
  await post()
  t.strictSame(await world.drained(), { delivered: 1 })
  t.equal(receiver.requests.length, 1)
  t.equal(receiver.requests[0]?.headers['content-type'], 'application/cloudevents+json')
  return receiver.requests[0]?.headers.authorization ?? ''
}

void t.test('CloudEvent.test_deliver_cloudevent_api_key_auth: Authorization is the key, as registered', async (t) => {
  t.equal(await delivered(t, await start(t, await freshDatabaseUrl(t, 'sqlite'))), KEY)
})

void t.test('CloudEvent.test_deliver_cloudevent_zgw_auth: Authorization is a token of ours', async (t) => {
  const world = await start(t, await freshDatabaseUrl(t, 'sqlite'), [{ authSpec: ZGW }])
  const [, claims = ''] = (await delivered(t, world)).replace(/^Bearer /, '').split('.')
  t.match(JSON.parse(Buffer.from(claims, 'base64url').toString()), { client_id: 'bode' })
})

void t.test('CloudEvent.test_deliver_cloudevent_oauth2_auth: Authorization is a fetched token', async (t) => {
  const tokens = await Receiver.start(t)
  tokens.answer({ status: 200, body: JSON.stringify({ access_token: 'fetched', expires_in: 300 }) })
  const world = await start(t, await freshDatabaseUrl(t, 'sqlite'), [{ authSpec: oauth2(tokens) }])
  t.equal(await delivered(t, world), 'Bearer fetched')
  t.equal(tokens.requests.length, 1)
})

void t.test('CloudEvent.test_deliver_cloudevent_no_cert_specified: who nobody vouches for gets nothing', async (t) => {
  let requests = 0
  const server = createServer(makeCertificate({ selfSigned: true }), (_request, response) => {
    requests += 1
    response.end()
  })
  await listenOnLoopback(server)
  t.teardown(() => server.close())
  const callbackUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const world = await start(t, await freshDatabaseUrl(t, 'sqlite'), [{ callbackUrl }])
  await world.post()
  await world.attempted(1)
  t.match(await world.database.reader.attempt.findMany(), [{ status: null, error: 'tls' }])
  t.equal(requests, 0)
})

const AS_EVENTS = { kanalen: [ENTRY], cloudEvents: { send: true, filters: [] } }
const MESSAGE = messageBody({ source: 'urn:openzaak', aanmaakdatum: '2024-01-01T12:00:00.9+02:00' })
const AS_CLOUD_EVENT = {
  source: 'urn:openzaak',
  specversion: '1.0',
  type: 'nl.overheid.zaken.status.create',
  datacontenttype: 'application/json',
  subject: '2',
  time: '2024-01-01T10:00:00Z',
  data: { bronorganisatie: '517439943', hoofdObject: MESSAGE['hoofdObject'] },
}

async function publish(t: Test, { call }: World): Promise<void> {
  const response = await call('POST', 'notificaties', MESSAGE)
  t.equal(response.statusCode, 201, response.body)
}

/** The body of a request without its id, which is Bode's own. */
function withoutId(body: string | undefined): unknown {
  const { id, ...event } = JSON.parse(body ?? '{}') as { id?: string }
  return typeof id === 'string' ? event : undefined
}

onEachDatabase(t, 'test_notificatie_send_success_as_cloudevent: the message is sent as an event', async (t, url) => {
  const world = await start(t, url, [AS_EVENTS])
  await publish(t, world)
  t.strictSame(await world.drained(), { delivered: 1 })
  const [request] = world.receiver.requests
  t.strictSame(withoutId(request?.body), AS_CLOUD_EVENT)
  t.match(request?.headers, { 'content-type': 'application/cloudevents+json', authorization: KEY })
})

void t.test('test_notificatie_send_failure_as_cloudevent: a 400 is tried again with the same body', async (t) => {
  const world = await start(t, await freshDatabaseUrl(t, 'sqlite'), [AS_EVENTS])
  world.receiver.answer({ status: 400 })
  await publish(t, world)
  await world.attempted(1)
  world.advance(UNTIL_RETRY)
  await world.attempted(2)
  t.match(world.attempts(), [
    { attempt: 1, outcome: 'retry', status: 400 },
    { attempt: 2, outcome: 'retry', status: 400 },
  ])
  const [first, second] = world.receiver.requests
  t.strictSame(withoutId(first?.body), AS_CLOUD_EVENT)
  t.equal(second?.body, first?.body)
})

void t.test('test_notificatie_send_request_exception_as_cloudevent: and so is a time-out', async (t) => {
  const world = await start(t, await freshDatabaseUrl(t, 'sqlite'), [AS_EVENTS])
  world.receiver.answer('hang')
  await publish(t, world)
  await world.attempted(1)
  world.advance(UNTIL_RETRY)
  await world.attempted(2)
  t.match(world.attempts(), [{ error: 'timeout' }, { attempt: 2, error: 'timeout' }])
  const [first, second] = world.receiver.requests
  t.strictSame(withoutId(first?.body), AS_CLOUD_EVENT)
  t.equal(second?.body, first?.body)
})
