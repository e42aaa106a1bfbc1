// Open Notificaties' test_notificatie.py (but for what is sent as a CloudEvent), from the publisher's request to what
// arrives at a real subscriber.
import t, { type Test } from 'tap'
import { DEFAULT_SETTINGS, type Settings } from '../../src/common/model.ts'
import { TEST_SETTINGS } from '../support/app.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { startDeliveringApp, type DeliveringApp } from '../support/delivering-app.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'

const KANALEN = { zaken: ['bronorganisatie', 'zaaktype', 'vertrouwelijkheidaanduiding'], objecten: ['object_type'] }
const AUTH = 'Bearer of-the-subscriber'
const KENMERKEN = {
  bronorganisatie: '123456789',
  zaaktype: 'https://example.com/api/v1/zaaktypen/5aa5c',
  vertrouwelijkheidaanduiding: 'openbaar',
}
const MESSAGE = messageBody({ aanmaakdatum: '2019-03-27T10:59:13.123Z', kenmerken: KENMERKEN })

type Started = DeliveringApp & {
  receiver: Receiver
  /** An abonnement on the receiver, made by a client. */
  subscribe: (kanalen: object[], more?: object) => Promise<void>
  publish: (message?: object) => ReturnType<DeliveringApp['call']>
}

async function start(t: Test, url: string, settings: Partial<Settings> = {}): Promise<Started> {
  const receiver = await Receiver.start(t)
  const probe = { callbacks: { probe: 'off' as const } }
  const configuration = { kanalen: KANALEN, settings: { ...TEST_SETTINGS, ...probe, ...settings } }
  const app = await startDeliveringApp(t, url, configuration)
  return {
    ...app,
    receiver,
    publish: (message = MESSAGE) => app.call('POST', 'notificaties', message, { as: 'drc' }),
    subscribe: async (kanalen, more = {}) => {
      const body = { callbackUrl: `${receiver.url}/callback`, auth: AUTH, kanalen, ...more }
      const made = await app.call('POST', 'abonnement', body, { as: 'zac' })
      t.equal(made.statusCode, 201, made.body)
    },
  }
}

onEachDatabase(
  t,
  'test_notificatie_send_success: the callback gets the message, once, and the log says so',
  async (t, url) => {
    const { subscribe, publish, receiver, drained, database, logged, attempts } = await start(t, url)
    await subscribe([{ naam: 'zaken', filters: { bronorganisatie: '123456789' } }])
    const published = await publish()
    t.equal(published.statusCode, 201)
    t.strictSame(await drained(), { delivered: 1 })
    t.match(receiver.requests, [{ method: 'POST', path: '/callback' }])
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.requests
    t.match(headers, { authorization: AUTH, 'content-type': 'application/json' })
    t.strictSame(JSON.parse(body), MESSAGE)
    t.strictSame(published.json(), { ...MESSAGE, aanmaakdatum: '2019-03-27T10:59:13.123000Z' })

    const [notificatie] = await database.reader.notificatie.findMany()
    t.match(notificatie, { kanaal: 'zaken', clientId: 'drc' })
    const ids = { notificatieId: notificatie?.id }
    t.match(logged().at(-1), { route: '/api/v1/notificaties', status: 201, clientId: 'drc', ...ids })
    t.match(attempts(), [{ level: 'info', ...ids, attempt: 1, status: 204, outcome: 'delivered' }])
  },
)

onEachDatabase(
  t,
  'test_notificatie_send_failure: a refusal is logged with its status and tried again',
  async (t, url) => {
    const { subscribe, publish, receiver, attempted, advance, drained, attempts } = await start(t, url)
    await subscribe([{ naam: 'zaken' }])
    receiver.answer(({ headers }) => ({ status: headers['webhook-attempt'] === '1' ? 400 : 201 }))
    t.equal((await publish()).statusCode, 201)
    await attempted(1)
    t.match(attempts(), [{ attempt: 1, status: 400, outcome: 'retry' }])
    advance(25_000)
    t.strictSame(await drained(), { delivered: 1 })
    t.match(attempts()[1], { attempt: 2, status: 201, outcome: 'delivered' })
    t.equal(new Set(receiver.requests.map(({ body }) => body)).size, 1, 'the same bytes')
  },
)

onEachDatabase(
  t,
  'test_notificatie_send_request_exception: no answer in time is logged and tried again',
  async (t, url) => {
    const delivery = { ...DEFAULT_SETTINGS.delivery, timeoutMs: 400 }
    const { subscribe, publish, receiver, attempted, advance, drained, attempts } = await start(t, url, { delivery })
    await subscribe([{ naam: 'zaken' }])
    receiver.answer('hang')
    t.equal((await publish()).statusCode, 201)
    await attempted(1)
    t.match(attempts(), [{ attempt: 1, error: 'timeout', outcome: 'retry' }])
    receiver.answer({ status: 204 })
    advance(25_000)
    t.strictSame(await drained(), { delivered: 1 })
    t.match(attempts()[1], { attempt: 2, outcome: 'delivered' })
  },
)

onEachDatabase(
  t,
  'test_notificatie_for_abonnement_without_filter_group_does_not_work: no kanalen, no messages',
  async (t, url) => {
    const { subscribe, publish, receiver, database } = await start(t, url)
    await subscribe([])
    await subscribe([{ naam: 'objecten' }])
    t.equal((await publish()).statusCode, 201)
    t.equal(await database.reader.notificatie.count(), 1, 'it is kept')
    t.equal(await database.reader.delivery.count(), 0)
    t.equal(receiver.requests.length, 0)
  },
)

void t.test('test_notificatie_send_inconsistent_kenmerken: kenmerken must agree with the kanaal', async (t) => {
  const { subscribe, publish, database } = await start(t, await freshDatabaseUrl(t, 'sqlite'))
  await subscribe([{ naam: 'zaken' }])
  const refused = await publish({ ...MESSAGE, kenmerken: { bronorganisatie: '1', zomaar: 'x' } })
  t.equal(refused.statusCode, 400)
  t.match(refused.json(), {
    invalidParams: [
      {
        name: 'kenmerken',
        code: 'kenmerken_inconsistent',
        reason: 'De kenmerken komen niet overeen met de kanaalfilters',
      },
    ],
  })
  t.equal(await database.reader.notificatie.count(), 0)
})

onEachDatabase(
  t,
  'test_notificatie_send_empty_kenmerk_value: an empty kenmerk is one that a filter can ask for',
  async (t, url) => {
    const { subscribe, publish, receiver, drained } = await start(t, url)
    await subscribe([{ naam: 'zaken', filters: { zaaktype: '' } }])
    const message = { ...MESSAGE, kenmerken: { ...KENMERKEN, zaaktype: '' } }
    t.match((await publish(message)).json(), { kenmerken: { zaaktype: '' } })
    await publish()
    t.strictSame(await drained(), { delivered: 1 })
    t.match(JSON.parse(receiver.requests[0]?.body ?? ''), { kenmerken: { zaaktype: '' } })
  },
)

onEachDatabase(
  t,
  'test_objects_api_sent_notification: a stored filter object_type is on the kenmerk objectType',
  async (t, url) => {
    const receiver = await Receiver.start(t)
    const filters = { object_type: 'http://objecttypes/1' }
    const kanalen = [{ naam: 'objecten', filters, acties: [], resources: [] }]
    // Declared: what comes through the API is stored with its key folded.
    const abonnementen = [{ callbackUrl: receiver.url, kanalen }]
    const { call, drained, database } = await startDeliveringApp(t, url, { kanalen: KANALEN, abonnementen })
    const message = (type: string): object => ({ ...MESSAGE, kanaal: 'objecten', kenmerken: { objectType: type } })
    for (const type of ['http://objecttypes/2', 'http://objecttypes/1']) {
      t.equal((await call('POST', 'notificaties', message(type))).statusCode, 201)
    }
    t.strictSame(await drained(), { delivered: 1 })
    t.strictSame(JSON.parse(receiver.requests[0]?.body ?? ''), message('http://objecttypes/1'))
    t.match(await database.reader.attempt.findMany(), [{ status: 204, error: null }])
  },
)

onEachDatabase(
  t,
  'test_notificatie_without_source: nobody is refused; the event has the configured source',
  async (t, url) => {
    const cloudEvents = { source: 'urn:nld:oin:01823288444:bode' }
    const { subscribe, publish, receiver, drained } = await start(t, url, { cloudEvents })
    await subscribe([{ naam: 'zaken' }])
    await subscribe([{ naam: 'zaken' }], { sendCloudevents: true })
    t.equal((await publish()).statusCode, 201)
    t.equal((await publish({ ...MESSAGE, source: 'urn:own' })).statusCode, 201)
    t.strictSame(await drained(), { delivered: 4 })
    const bodies = receiver.requests.map(({ headers, body }) => [headers['content-type'], JSON.parse(body) as object])
    const events = bodies.filter(([type]) => type === 'application/cloudevents+json').map(([, event]) => event)
    t.same(
      new Set(events.map((event) => (event as { source: string }).source)),
      new Set([cloudEvents.source, 'urn:own']),
    )
    const plain = bodies.filter(([type]) => type === 'application/json').map(([, message]) => message)
    t.strictSame(plain, [MESSAGE, MESSAGE], 'and the message has none, whoever sent one')
  },
)

onEachDatabase(t, 'a message goes by kanalen alone: cloudeventFilters neither bring nor keep one', async (t, url) => {
  const { subscribe, publish, receiver, drained } = await start(t, url)
  const cloudeventFilters = [{ typeSubstring: 'nl.overheid.zaken' }]
  await subscribe([], { sendCloudevents: true, cloudeventFilters })
  await subscribe([{ naam: 'zaken' }], { sendCloudevents: true, cloudeventFilters: [{ typeSubstring: 'other' }] })
  await subscribe([{ naam: 'zaken' }], { cloudeventFilters: [{ typeSubstring: 'other' }] })
  await publish()
  t.strictSame(await drained(), { delivered: 2 })
  const types = receiver.requests.map(({ headers }) => headers['content-type'])
  t.same(new Set(types), new Set(['application/cloudevents+json', 'application/json']))
})
