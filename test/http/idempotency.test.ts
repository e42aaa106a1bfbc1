import t from 'tap'
import { createPublisher } from '../../src/notificaties/publish.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { startTestApp } from '../support/app.ts'
import { eventBody } from '../support/cloud-event.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { messageBody, notificatieOf } from '../support/notificatie.ts'

const KANALEN = { zaken: [] }
const ENTRY = { naam: 'zaken', filters: {}, acties: [], resources: [] }
const CONFIGURATION = {
  kanalen: KANALEN,
  abonnementen: [{ id: '00000000-0000-4000-8000-000000000001', callbackUrl: 'http://127.0.0.1:1/', kanalen: [ENTRY] }],
}
const DAY = 86_400_000
const KEY = { headers: { 'idempotency-key': 'b7e1-1' } }

onEachDatabase(
  t,
  'the same message with the same Idempotency-Key is answered again and stored once',
  async (t, url) => {
    const { call, database, logged } = await startTestApp(t, url, CONFIGURATION)
    const first = await call('POST', 'notificaties', messageBody(), KEY)
    const { kenmerken, ...members } = messageBody()
    const again = await call('POST', 'notificaties', { kenmerken, ...members }, KEY)
    t.strictSame([first.statusCode, again.statusCode], [201, 201])
    t.strictSame(again.json(), first.json())
    t.strictSame([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']], [undefined, 'true'])
    t.equal(await database.reader.notificatie.count(), 1)
    t.equal(await database.reader.delivery.count(), 1)
    t.equal(logged().at(-1)?.['notificatieId'], logged().at(-2)?.['notificatieId'], 'the log names the first one')
  },
)

onEachDatabase(t, 'another message with a used key is refused with 409, and stored nowhere', async (t, url) => {
  const { call, database } = await startTestApp(t, url, CONFIGURATION)
  await call('POST', 'notificaties', messageBody(), KEY)
  const other = await call('POST', 'notificaties', messageBody({ actie: 'update' }), KEY)
  t.equal(other.statusCode, 409)
  t.match(other.json(), { status: 409, code: 'idempotency-key-reused', type: /\/ref\/fouten\/Conflict\/$/ })
  t.equal(await database.reader.notificatie.count(), 1)
})

onEachDatabase(t, 'a key belongs to one client, and is forgotten after 24 hours', async (t, url) => {
  const { call, clock, database } = await startTestApp(t, url, CONFIGURATION)
  const publish = async (as: string): Promise<number> =>
    (await call('POST', 'notificaties', messageBody({ actie: as }), { ...KEY, as })).statusCode
  t.strictSame([await publish('openzaak'), await publish('drc')], [201, 201])
  clock.advance(DAY - 1)
  t.equal((await call('POST', 'notificaties', messageBody({ actie: 'other' }), KEY)).statusCode, 409)
  clock.advance(1)
  t.equal((await call('POST', 'notificaties', messageBody({ actie: 'other' }), KEY)).statusCode, 201)
  t.equal((await call('POST', 'notificaties', messageBody({ actie: 'third' }), KEY)).statusCode, 409)
  t.equal(await database.reader.notificatie.count(), 3)
})

onEachDatabase(t, 'what was refused is not remembered', async (t, url) => {
  const { call } = await startTestApp(t, url, CONFIGURATION)
  t.equal((await call('POST', 'notificaties', messageBody({ kanaal: 'none' }), KEY)).statusCode, 400)
  t.equal((await call('POST', 'notificaties', messageBody(), KEY)).statusCode, 201)
})

onEachDatabase(t, 'a CloudEvent has a key in the same way', async (t, url) => {
  const { call, database } = await startTestApp(t, url, CONFIGURATION)
  const headers = { ...KEY.headers, 'content-type': 'application/cloudevents+json' }
  const statuses = []
  for (const event of [eventBody(), eventBody(), eventBody({ subject: 'another' })]) {
    statuses.push((await call('POST', 'cloudevents', event, { headers })).statusCode)
  }
  t.strictSame(statuses, [201, 201, 409])
  t.equal(await database.reader.notificatie.count(), 1)
})

onEachDatabase(t, 'requests with one key at the same moment are one, on one server and on two', async (t, url) => {
  const { database, snapshot, reload, clock } = await startTestApp(t, url, CONFIGURATION)
  const logger = createLogger({ level: 'silent' })
  const publisherOn = (on: typeof database) =>
    createPublisher({ database: on, snapshot, reload, clock, logger, onCommitted: () => {} })
  const publishers = [publisherOn(database), publisherOn(await openTestDatabase(t, url))]
  for (let round = 0; round < 20; round += 1) {
    const keys = [`${round}-a`, `${round}-b`]
    const publishing = publishers.flatMap((publisher, index) =>
      (index === 0 ? keys : keys.toReversed()).flatMap((idempotencyKey) =>
        [1, 2].map(() => publisher.publish(notificatieOf(), { clientId: 'openzaak', idempotencyKey })),
      ),
    )
    const published = await Promise.all(publishing)
    t.equal(new Set(published.map(({ id }) => id)).size, 2)
    t.equal(published.filter(({ repeated }) => !repeated).length, 2)
  }
  t.equal(await database.reader.notificatie.count(), 40)
  t.equal(await database.reader.delivery.count(), 40)
})

onEachDatabase(t, 'a key that could be mistaken for another one is refused', async (t, url) => {
  const { call } = await startTestApp(t, url, CONFIGURATION)
  for (const key of ['', 'x'.repeat(256), 'caf\u00e9', 'a  b']) {
    const response = await call('POST', 'notificaties', messageBody(), { headers: { 'idempotency-key': key } })
    t.equal(response.statusCode, 400, key)
    t.match(response.json(), { invalidParams: [{ name: 'Idempotency-Key', code: 'invalid' }] })
  }
})
