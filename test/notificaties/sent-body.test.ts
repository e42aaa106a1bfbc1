import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { EVENT_FORMAT, STORED_FORMAT, storedBody, storedEvent } from '../../src/notificaties/canonical.ts'
import { readCloudEvent } from '../../src/notificaties/read-event.ts'
import { sentBody } from '../../src/notificaties/sent-body.ts'
import { eventBody } from '../support/cloud-event.ts'
import { notificatieOf } from '../support/notificatie.ts'
import { abonnementOf } from '../support/snapshot.ts'

const id = uuidv7()
const notificatie = notificatieOf({
  aanmaakdatum: '2024-01-01T10:00:00.123456Z',
  kenmerken: { zaaktype: 'http://x/1', hoofdObject: 'overruled' },
  source: 'urn:nld:oin:1:systeem:openzaak',
})
const plain = abonnementOf(uuidv7())
const events = abonnementOf(uuidv7(), { cloudEvents: { send: true, filters: [] } })
const store = (message = notificatie): string => storedBody(message, { id, eventSource: 'urn:configured' })

void t.test('a subscriber gets exactly the seven fields of the standard', async (t) => {
  const { contentType, body } = sentBody(store(), STORED_FORMAT, plain)
  t.equal(contentType, 'application/json')
  t.strictSame(JSON.parse(body), {
    kanaal: 'zaken',
    hoofdObject: notificatie.hoofdObject,
    resource: 'status',
    resourceUrl: notificatie.resourceUrl,
    actie: 'create',
    aanmaakdatum: '2024-01-01T10:00:00.123Z',
    kenmerken: notificatie.kenmerken,
  })
})

void t.test('a CloudEvents subscriber gets the message as an event', async (t) => {
  const { contentType, body } = sentBody(store(), STORED_FORMAT, events)
  t.equal(contentType, 'application/cloudevents+json')
  const { id: eventId, ...event } = JSON.parse(body) as Record<string, unknown>
  t.match(eventId, /^[0-9a-f-]{36}$/)
  t.strictSame(event, {
    source: 'urn:nld:oin:1:systeem:openzaak',
    specversion: '1.0',
    type: 'nl.overheid.zaken.status.create',
    datacontenttype: 'application/json',
    subject: '2',
    time: '2024-01-01T10:00:00Z',
    data: { zaaktype: 'http://x/1', hoofdObject: notificatie.hoofdObject },
  })
})

void t.test('every attempt has the same bytes, and every CloudEvents subscriber its own id', async (t) => {
  const other = abonnementOf(uuidv7(), { cloudEvents: { send: true, filters: [] } })
  t.strictSame(sentBody(store(), STORED_FORMAT, events), sentBody(store(), STORED_FORMAT, events))
  t.not(sentBody(store(), STORED_FORMAT, events).body, sentBody(store(), STORED_FORMAT, other).body)
})

void t.test('a message without a source has the configured one in an event only', async (t) => {
  const { source: _source, ...without } = notificatie
  t.match(JSON.parse(sentBody(store(without), STORED_FORMAT, events).body), { source: 'urn:configured' })
  t.notMatch(sentBody(store(without), STORED_FORMAT, plain).body, /urn:configured/)
})

void t.test('the stored text does not depend on the order of the kenmerken', async (t) => {
  const [a, b] = [notificatieOf({ kenmerken: { a: '1', b: '2' } }), notificatieOf({ kenmerken: { b: '2', a: '1' } })]
  t.equal(store(a), store(b))
})

void t.test('what was posted as an event is sent as that event, whatever the abonnement asks for now', async (t) => {
  const posted = eventBody({
    data: { z: 1, a: { y: '\u2028', b: null } },
    traceparent: '00-1',
    time: '2024-01-01T10:00:00Z',
  })
  const stored = storedEvent(readCloudEvent(posted))
  for (const abonnement of [plain, events]) {
    const { contentType, body } = sentBody(stored, EVENT_FORMAT, abonnement)
    t.equal(contentType, 'application/cloudevents+json')
    t.strictSame(JSON.parse(body), posted)
    t.match(body, /"data":\{"z":1,"a":\{"y"/, 'data in the order that it came in')
  }
})

void t.test('a format of another program is refused', async (t) => {
  t.throws(() => sentBody(store(), 99, plain), { message: /unknown format 99/ })
})
