// Publishing by Open Zaak, the Objects API, Open Klant and Open Product (real-clients §1.1).
import t from 'tap'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { EVERY_EVENT } from '../support/cloud-event.ts'
import { Receiver } from '../support/receiver.ts'
import { HttpError, maykinBearer, MaykinClient } from './maykin.ts'
import { jsonOf, KANALEN, startBode } from './support.ts'
import { SECRET } from '../support/token.ts'

const EVERYTHING = (naam: string) => ({ naam, filters: {}, acties: [], resources: [] })

/** What the components send, and the kenmerken that a subscriber gets of it. */
const MESSAGES: [who: string, sent: Record<string, unknown>, kenmerken: Record<string, string>, time: string][] = [
  [
    'Open Zaak, a zaak',
    {
      kanaal: 'zaken',
      actie: 'partial_update',
      aanmaakdatum: '2024-05-06T07:08:09.123456Z',
      kenmerken: {
        bronorganisatie: '517439943',
        zaaktype: 'http://openzaak:8000/catalogi/api/v1/zaaktypen/1',
        'zaaktype.catalogus': 'http://openzaak:8000/catalogi/api/v1/catalogussen/1',
        vertrouwelijkheidaanduiding: 'openbaar',
      },
    },
    {
      bronorganisatie: '517439943',
      vertrouwelijkheidaanduiding: 'openbaar',
      zaaktype: 'http://openzaak:8000/catalogi/api/v1/zaaktypen/1',
      'zaaktype.catalogus': 'http://openzaak:8000/catalogi/api/v1/catalogussen/1',
    },
    '2024-05-06T07:08:09.123Z',
  ],
  [
    'Open Zaak, a besluit',
    {
      kanaal: 'besluiten',
      resource: 'besluit',
      actie: 'destroy',
      kenmerken: {
        verantwoordelijke_organisatie: '000000000',
        besluittype: 'http://openzaak:8000/catalogi/api/v1/besluittypen/1',
        'besluittype.catalogus': 'http://openzaak:8000/catalogi/api/v1/catalogussen/1',
      },
    },
    {
      besluittype: 'http://openzaak:8000/catalogi/api/v1/besluittypen/1',
      'besluittype.catalogus': 'http://openzaak:8000/catalogi/api/v1/catalogussen/1',
      verantwoordelijkeOrganisatie: '000000000',
    },
    '2024-01-01T10:00:00Z',
  ],
  [
    'the Objects API, with its own time zone and a source',
    {
      kanaal: 'objecten',
      source: 'objects-api',
      resource: 'object',
      actie: 'update',
      aanmaakdatum: '2024-07-01T12:00:00.654321+02:00',
      kenmerken: { objectType: 'http://objecttypes:8000/api/v2/objecttypes/1' },
    },
    { objectType: 'http://objecttypes:8000/api/v2/objecttypes/1' },
    '2024-07-01T10:00:00.654Z',
  ],
]

onEachDatabase(t, 'the Python publisher: what each component sends is accepted and delivered', async (t, url) => {
  const receiver = await Receiver.start(t)
  const abonnement = { callbackUrl: receiver.url, auth: 'key', kanalen: Object.keys(KANALEN).map(EVERYTHING) }
  const { apiRoot, clock, deliver } = await startBode(t, url, { abonnementen: [abonnement] })
  const client = new MaykinClient({ apiRoot, now: () => clock.now() })
  for (const [who, changes, kenmerken, aanmaakdatum] of MESSAGES) {
    const { source: _, ...sent } = messageBody(changes)
    await client.sendNotification(messageBody(changes))
    await deliver()
    t.strictSame(JSON.parse(receiver.requests.at(-1)?.body ?? ''), { ...sent, kenmerken, aanmaakdatum }, who)
  }
  t.equal(receiver.requests.length, MESSAGES.length)
})

void t.test('the Python publisher: what it may not send it hears of as a problem, and sends again', async (t) => {
  const { apiRoot, clock, call, reload } = await startBode(t, await freshDatabaseUrl(t, 'sqlite'))
  const client = new MaykinClient({ apiRoot, now: () => clock.now() })
  const refused = async (message: object): Promise<Record<string, unknown>> => {
    const error = await client.sendNotification(message).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!(error instanceof HttpError)) throw new Error('it was accepted')
    return jsonOf(error.reply)
  }
  const message = messageBody({ kanaal: 'producten', kenmerken: {} })
  t.match(await refused(message), {
    status: 400,
    invalidParams: [{ name: 'kanaal', code: 'message_kanaal' }],
  })
  t.match(await refused(messageBody({ aanmaakdatum: new Date(clock.now() + 60_000).toISOString() })), {
    invalidParams: [{ name: 'aanmaakdatum', code: 'future_not_allowed' }],
  })
  await call('POST', 'kanaal', { naam: 'producten' })
  await reload()
  await client.sendNotification(message)
})

void t.test('the Python publisher: a token says twelve hours and is good for one', async (t) => {
  const { apiRoot, clock } = await startBode(t, await freshDatabaseUrl(t, 'sqlite'))
  const authorization = maykinBearer({ clientId: 'openzaak', secret: SECRET, now: clock.now() })
  const client = new MaykinClient({ apiRoot, now: () => clock.now(), authorization })
  await client.sendNotification(messageBody())
  clock.advance(59 * 60_000)
  await client.sendNotification(messageBody())
  clock.advance(60_000)
  const { status, text } = await client.call('POST', 'notificaties', messageBody())
  t.match({ status, ...(JSON.parse(text) as object) }, { status: 403, code: 'jwt-expired', detail: /3600 seconden/ })
})

void t.test('the Python publisher: the check of its connection gets an answer', async (t) => {
  const { apiRoot, clock } = await startBode(t, await freshDatabaseUrl(t, 'sqlite'))
  const reply = await new MaykinClient({ apiRoot, now: () => clock.now() }).call('GET', 'notificaties')
  t.equal(reply.status, 405)
  t.match(jsonOf(reply), { code: 'method_not_allowed' })
})

onEachDatabase(
  t,
  'the Python publisher: a CloudEvent with nothing in most of its members is passed on',
  async (t, url) => {
    const receiver = await Receiver.start(t)
    const { apiRoot, clock, deliver } = await startBode(t, url, {
      abonnementen: [{ callbackUrl: receiver.url, auth: 'key', cloudEvents: EVERY_EVENT }],
    })
    const client = new MaykinClient({ apiRoot, now: () => clock.now() })
    const event = {
      specversion: '1.0',
      id: 'f347fd1f-dac1-4870-9dd0-f6c00edf4bf7',
      source: 'urn:nld:oin:00000001823288444000:zakensysteem',
      type: 'nl.overheid.zaken.zaak-geopend',
      time: '2024-05-06T07:08:09Z',
    }
    await client.sendCloudEvent({ ...event, dataref: null, data: null, datacontenttype: null, subject: null })
    await deliver()
    const [request, ...more] = receiver.requests
    t.strictSame(more, [])
    t.match(request?.headers, { 'content-type': /^application\/cloudevents\+json$/, authorization: 'key' })
    t.match(JSON.parse(request?.body ?? ''), event)
  },
)
