// What real subscribers get, and what their answers count as (real-clients §3, traps 1, 3 and 8).
import t from 'tap'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver, type Answer, type ReceivedRequest } from '../support/receiver.ts'
import { SECRET } from '../support/token.ts'
import { maykinBearer } from './maykin.ts'
import * as receivers from './receivers.ts'
import { startBode } from './support.ts'

const ZAAK = `https://${receivers.ZAKEN_HOST}/zaken/api/v1/zaken/1`
/** A message that every one of them takes, with an extra member that not all of them would. */
const MESSAGE = messageBody({
  hoofdObject: ZAAK,
  resourceUrl: `https://${receivers.ZAKEN_HOST}/zaken/api/v1/statussen/2`,
  source: 'openzaak',
  aanmaakdatum: '2024-05-06T09:08:09.5+02:00',
  kenmerken: { bronorganisatie: '517439943', zaaktype: 'Café', vertrouwelijkheidaanduiding: 'openbaar' },
})
const BYTES =
  `{"kanaal":"zaken","hoofdObject":"${ZAAK}","resource":"status",` +
  `"resourceUrl":"https://${receivers.ZAKEN_HOST}/zaken/api/v1/statussen/2","actie":"create",` +
  `"aanmaakdatum":"2024-05-06T07:08:09.500Z",` +
  `"kenmerken":{"bronorganisatie":"517439943","vertrouwelijkheidaanduiding":"openbaar","zaaktype":"Café"}}`

type Case = { who: string; path: string; auth?: string; answer: (request: ReceivedRequest) => Answer; status: number }

const EVERYTHING = { naam: 'zaken', filters: {}, acties: [], resources: [] }

/** Each subscriber with a key of its own. */
function cases(now: () => number): Case[] {
  const of = (who: string, path: string, subscriber: receivers.Subscriber, auth: string, status: number): Case => {
    return { who, path, auth, answer: subscriber(auth), status }
  }
  const jwt = maykinBearer({ clientId: 'nrc', secret: SECRET, now: now() })
  return [
    {
      who: 'Open Zaak',
      path: '/zaken/api/v1/callbacks',
      auth: jwt,
      answer: receivers.maykinCallbacks(SECRET, now),
      status: 204,
    },
    of('GZAC', '/api/v1/notificatiesapi/callback', receivers.gzac, 'cmF3IGtleSBvZiBnemFjIQ==', 204),
    of('ZAC', '/rest/notificaties', receivers.zac, 'a key with spaces', 204),
    of('NotifyNL-OMC', '/events/listen', receivers.omc, 'Bearer omc.omc.omc', 202),
    of('Open Inwoner', '/webhooks/', receivers.openInwoner, 'Bearer inwoner', 204),
    of('Eventloket', '/api/open-notifications/listen', receivers.eventloket, `Bearer ${'x'.repeat(1_200)}`, 200),
    of('corsa-zgw', '/api/v1/notifications', receivers.corsaZgw, 'Bearer 1|sanctum', 200),
    of('mijn-services', '/prod/notificaties?stage=prod', receivers.mijnServices, 'sleutel', 200),
    { who: 'OpenNotificeerMolz', path: '/', answer: receivers.molz(''), status: 200 },
    of('MijnZaakNotificaties', '/frank/listen', receivers.mijnZaakNotificaties, 'Basic dXNlcjpwYXNz', 200),
    of('the receiver of PodiumD', '/', receivers.podiumd, 'Token podiumd', 204),
  ]
}

onEachDatabase(t, 'one message reaches every subscriber as it demands it, byte for byte the same', async (t, url) => {
  const subscribers = await Promise.all(
    cases(Date.now).map(async (each) => ({ ...each, receiver: await Receiver.start(t) })),
  )
  const answered = new Map<string, number>()
  for (const { who, receiver, answer } of subscribers) {
    receiver.answer((request) => {
      const given = answer(request)
      if (typeof given === 'object' && 'status' in given) answered.set(who, given.status)
      return given
    })
  }
  const { call, deliver, database, attempts } = await startBode(t, url, {
    abonnementen: subscribers.map(({ receiver, path, auth }) => ({
      callbackUrl: `${receiver.url}${path}`,
      kanalen: [EVERYTHING],
      ...(auth === undefined ? {} : { auth }),
    })),
  })
  t.equal((await call('POST', 'notificaties', MESSAGE)).statusCode, 201)
  await deliver()
  for (const { who, receiver, path, auth, status } of subscribers) {
    const [request, ...more] = receiver.requests
    t.strictSame(more, [], who)
    t.equal(request?.body, BYTES, `${who}: the bytes`)
    t.equal(request?.path, path, `${who}: the path`)
    t.equal(request?.headers.authorization, auth, `${who}: the Authorization, verbatim`)
    t.match(
      request?.headers,
      {
        'content-type': /^application\/json$/,
        accept: /^application\/json$/,
        'content-length': `${Buffer.byteLength(BYTES)}`,
      },
      who,
    )
    t.equal(answered.get(who), status, `${who}: its answer`)
  }
  const done = await database.reader.deliveryDone.groupBy({ by: ['outcome'], _count: true })
  t.match(done, [{ outcome: 'delivered', _count: subscribers.length }])
  t.notOk(
    attempts().some((line) => 'unexpected' in line),
    'none of it is out of the ordinary',
  )
})

void t.test('206 counts as delivered, and the log says that it is unexpected', async (t) => {
  const receiver = await Receiver.start(t)
  const auth = 'Bearer omc.omc.omc'
  receiver.answer(receivers.omc(auth))
  const { call, deliver, attempts } = await startBode(t, await freshDatabaseUrl(t, 'sqlite'), {
    abonnementen: [{ callbackUrl: receiver.url, auth, kanalen: [{ ...EVERYTHING, naam: 'documenten' }] }],
  })
  await call('POST', 'notificaties', messageBody({ kanaal: 'documenten', kenmerken: {} }))
  await deliver()
  t.match(attempts(), [{ status: 206, outcome: 'delivered', unexpected: true }])
  t.equal(receiver.requests.length, 1)
})

onEachDatabase(t, 'what is not 2xx is sent again, the same bytes, and a redirect goes nowhere', async (t, url) => {
  const home = await Receiver.start(t)
  home.answer({ status: 200 })
  const receiver = await Receiver.start(t)
  const answers: Answer[] = [
    { status: 302, headers: { location: home.url } },
    { status: 307, headers: { location: home.url } },
    { status: 422 },
    { status: 412 },
    { status: 401 },
    // On the connection that was kept since the answer before, and on the new one that is tried at once.
    'reset',
    'reset',
    { status: 400 },
    { status: 202, body: 'rejected' },
  ]
  receiver.answer(() => answers[receiver.requests.length - 1] ?? { status: 204 })
  const { call, attempted, deliver, attempts } = await startBode(t, url, {
    abonnementen: [{ callbackUrl: `${receiver.url}/?k=1`, auth: 'key', kanalen: [EVERYTHING] }],
  })
  await call('POST', 'notificaties', MESSAGE)
  for (let count = 1; count < answers.length; count += 1) await attempted(count, 52_000_000)
  await deliver()

  t.strictSame([...new Set(receiver.requests.map(({ body }) => body))], [BYTES])
  const ids = receiver.requests.map(({ headers }) => headers['webhook-id'])
  t.equal(new Set(ids).size, 1, 'one message')
  t.strictSame(
    receiver.requests.map(({ headers }) => headers['webhook-attempt']),
    ['1', '2', '3', '4', '5', '6', '6', '7', '8'],
  )
  t.strictSame(
    attempts().map(({ status, error, outcome }) => [status ?? error, outcome]),
    [...[302, 307, 422, 412, 401, 'reset', 400].map((status) => [status, 'retry']), [202, 'delivered']],
  )
  t.equal(home.requests.length, 0, 'no redirect is followed')
})

void t.test('a subscriber that tells messages apart by what stands in them keeps a message once', async (t) => {
  const receiver = await Receiver.start(t)
  const key = 'cmF3IGtleQ=='
  const inbox = receivers.gzacInbox(key)
  receiver.answer((request) => {
    const given = inbox.answer(request)
    return receiver.requests.length === 1 ? 'reset' : given
  })
  const { call, attempted, deliver } = await startBode(t, await freshDatabaseUrl(t, 'sqlite'), {
    abonnementen: [{ callbackUrl: receiver.url, auth: key, kanalen: [EVERYTHING] }],
  })
  await call(
    'POST',
    'notificaties',
    messageBody({ aanmaakdatum: '2024-03-01T12:00:00.123456789', kenmerken: undefined }),
  )
  await attempted(1)
  await attempted(2, 30_000)
  await deliver()
  t.equal(receiver.requests.length, 2)
  t.equal(inbox.events.size, 1)
})
