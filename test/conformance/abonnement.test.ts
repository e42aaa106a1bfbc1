// Open Notificaties' test_abonnement.py, over our application and a subscriber that asks for authorization.
import t, { type Test } from 'tap'
import { startTestApp, type TestApp } from '../support/app.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { startSubscriber } from '../support/subscriber.ts'

type Shown = {
  url: string
  callbackUrl: string
  kanalen: { filters: Record<string, string>; naam: string }[]
  sendCloudevents: boolean
  cloudeventFilters: { typeSubstring: string; filters: Record<string, string> }[]
}

const KANALEN = {
  zaken: ['bronorganisatie', 'zaaktype', 'vertrouwelijkheidaanduiding'],
  informatieobjecten: [],
  vrij: [],
}
const AUTH = 'Bearer key-of-the-subscriber'

type Started = TestApp & {
  /** A right body with changes. */
  body: (changes?: object) => object
  /** Makes an abonnement as client zac, which may only subscribe. */
  made: (changes?: object) => Promise<Shown & { path: string }>
}

async function start(t: Test, url: string): Promise<Started> {
  const subscriber = await startSubscriber(t, AUTH)
  const app = await startTestApp(t, url, { kanalen: KANALEN })
  const body = (changes: object = {}): object => ({ callbackUrl: `${subscriber.url}/callback`, auth: AUTH, ...changes })
  return {
    ...app,
    body,
    made: async (changes) => {
      app.clock.advance(1)
      const response = await app.call('POST', 'abonnement', body(changes), { as: 'zac' })
      t.equal(response.statusCode, 201, response.body)
      const abonnement = response.json<Shown>()
      return { ...abonnement, path: new URL(abonnement.url).pathname }
    },
  }
}

onEachDatabase(t, 'test_abonnementen_create: filters on three kanalen are kept, in their order', async (t, url) => {
  const { call, body, database } = await start(t, url)
  const kanalen = [
    {
      filters: { bronorganisatie: '517439943', zaaktype: 'http://a/1', vertrouwelijkheidaanduiding: '*' },
      naam: 'zaken',
    },
    { filters: { bron: '517439943' }, naam: 'informatieobjecten' },
    { filters: {}, naam: 'vrij' },
  ]
  const sent = kanalen.map(({ filters, naam }) => ({ naam, ...(naam === 'vrij' ? {} : { filters }) }))
  const created = await call('POST', 'abonnement', body({ kanalen: sent, url: 'ignored', clientId: 'ignored' }))
  t.equal(created.statusCode, 201, created.body)
  const { url: location, callbackUrl } = created.json<Shown>()
  t.equal(created.headers.location, location)
  t.match(location, /^http:\/\/localhost:80\/api\/v1\/abonnement\/[0-9a-f-]{36}$/)
  const rest = { sendCloudevents: false, cloudeventFilters: [] }
  t.equal(created.body, JSON.stringify({ url: location, callbackUrl, kanalen, ...rest }), 'members in this order')
  t.strictSame((await call('GET', new URL(location).pathname)).json(), created.json())
  t.match(await database.reader.abonnement.findMany(), [{ owner: 'client:openzaak' }])
})

void t.test('test_abonnementen_create_nonexistent_kanaal: a kanaal that is not there is refused', async (t) => {
  const { call, body, database } = await start(t, await freshDatabaseUrl(t, 'sqlite'))
  const refused = await call('POST', 'abonnement', body({ kanalen: [{ naam: 'vrij' }, { naam: 'Vrij' }] }))
  t.equal(refused.statusCode, 400)
  const reason = 'Kanaal met deze naam bestaat niet.'
  t.match(refused.json(), { invalidParams: [{ name: 'naam', code: 'kanaal_naam', reason }] })
  t.equal(await database.reader.abonnement.count(), 0)
})

onEachDatabase(
  t,
  'test_abonnementen_create_cloudevent: CloudEvents are asked for with snake_case keys',
  async (t, url) => {
    const { call, body } = await start(t, url)
    const asked = {
      callback_url: (body() as Shown).callbackUrl,
      auth: AUTH,
      send_cloudevents: true,
      cloudevent_filters: [
        { type_substring: 'nl.overheid.zaken' },
        { type_substring: 'x', filters: { zaak_type: '1' } },
      ],
    }
    const created = await call('POST', 'abonnement', asked)
    t.equal(created.statusCode, 201, created.body)
    t.match(created.json(), {
      sendCloudevents: true,
      cloudeventFilters: [
        { typeSubstring: 'nl.overheid.zaken', filters: {} },
        { typeSubstring: 'x', filters: { zaakType: '1' } },
      ],
    })
  },
)

onEachDatabase(
  t,
  'test_abonnement_update_kanalen: PUT puts the kanalen of the request in the place of the old',
  async (t, url) => {
    const { call, body, made } = await start(t, url)
    const { path, ...abonnement } = await made({
      kanalen: [{ naam: 'zaken' }, { naam: 'vrij' }],
      sendCloudevents: true,
    })
    const kanalen = [{ filters: { bronorganisatie: '1' }, naam: 'zaken' }]
    const callbackUrl = `${abonnement.callbackUrl}/new`
    const replaced = await call('PUT', path, body({ callbackUrl, kanalen }), { as: 'zac' })
    t.equal(replaced.statusCode, 200, replaced.body)
    t.strictSame(replaced.json(), { ...abonnement, callbackUrl, kanalen }, 'sendCloudevents stays when left out')
    t.strictSame((await call('GET', path)).json(), replaced.json())
    const emptied = await call('PUT', path, body({ callbackUrl }), { as: 'zac' })
    t.strictSame(emptied.json(), { ...abonnement, callbackUrl, kanalen: [] }, 'kanalen left out are none')
    t.match((await call('PUT', path, {}, { as: 'zac' })).json(), {
      invalidParams: [
        { name: 'callbackUrl', code: 'required' },
        { name: 'auth', code: 'required' },
      ],
    })
  },
)

onEachDatabase(
  t,
  'test_abonnement_update_cloudevent_filters: PUT replaces the filters on CloudEvents',
  async (t, url) => {
    const { call, body, made } = await start(t, url)
    const { path, ...abonnement } = await made({
      sendCloudevents: true,
      cloudeventFilters: [{ typeSubstring: 'old', filters: { a: '1' } }, { typeSubstring: 'older' }],
    })
    const cloudeventFilters = [{ typeSubstring: 'new', filters: { b: '2' } }]
    const replaced = await call('PUT', path, body({ cloudeventFilters }), { as: 'zac' })
    t.strictSame(replaced.json(), { ...abonnement, cloudeventFilters })
    const emptied = await call('PUT', path, body(), { as: 'zac' })
    t.strictSame(emptied.json(), { ...abonnement, cloudeventFilters: [] })
  },
)

void t.test('test_abonnementen_create_inconsistent_filters: filters must agree with the kanaal', async (t) => {
  const { call, body, database } = await start(t, await freshDatabaseUrl(t, 'sqlite'))
  const kanalen = [{ naam: 'zaken', filters: { bronorganisatie: '1', zomaar: 'x' } }]
  const refused = await call('POST', 'abonnement', body({ kanalen }))
  t.equal(refused.statusCode, 400)
  const reason = 'De abonnementfilters komen niet overeen met de kanaalfilters'
  t.match(refused.json(), { invalidParams: [{ name: 'filters', code: 'inconsistent-abonnement-filters', reason }] })
  t.equal(await database.reader.abonnement.count(), 0)
})

onEachDatabase(
  t,
  'test_abonnement_destroy: its client deletes it, and what it was still to get is cancelled',
  async (t, url) => {
    const { call, made, database } = await start(t, url)
    const { path } = await made({ kanalen: [{ naam: 'zaken' }] })
    await call('POST', 'notificaties', messageBody())
    t.equal(await database.reader.delivery.count(), 1)
    // Clients exist that send a Content-Type with nothing after it.
    const headers = { 'content-type': 'application/json' }
    const deleted = await call('DELETE', path, undefined, { as: 'zac', headers })
    t.equal(deleted.statusCode, 204)
    t.equal(deleted.body, '')
    t.equal((await call('DELETE', path, undefined, { as: 'zac' })).statusCode, 404)
    t.equal((await call('GET', path)).statusCode, 404)
    t.match(await database.reader.deliveryDone.findMany(), [{ outcome: 'cancelled', attempts: 0 }])
    t.equal(await database.reader.delivery.count(), 0)
    t.equal(await database.reader.secret.count({ where: { kind: 'abonnementen' } }), 0)
  },
)

onEachDatabase(t, "test_abonnement_list_different_clientid: everybody's are listed, oldest first", async (t, url) => {
  const { call, made, body, clock } = await start(t, url)
  const { path: _path, ...first } = await made({ kanalen: [{ naam: 'zaken' }] })
  clock.advance(1)
  const second = (await call('POST', 'abonnement', body())).json<Shown>()
  t.strictSame((await call('GET', 'abonnement', undefined, { as: 'drc' })).json(), [first, second])
})

void t.test("test_abonnement_read_different_clientid: another client's is read, without its auth", async (t) => {
  const { call, made } = await start(t, await freshDatabaseUrl(t, 'sqlite'))
  const { path, ...abonnement } = await made()
  const read = await call('GET', path, undefined, { as: 'drc' })
  t.equal(read.statusCode, 200)
  t.strictSame(read.json(), abonnement)
  t.match(abonnement, { url: /^http:/, callbackUrl: /callback$/ })
  t.notMatch(read.body, /auth|key-of-the-subscriber/)
})

void t.test(
  'test_abonnement_update_different_client_id: another client changes nothing, whatever it may',
  async (t) => {
    const { call, made, body } = await start(t, await freshDatabaseUrl(t, 'sqlite'))
    const { path, ...abonnement } = await made()
    for (const [method, sent] of [
      ['PUT', body({ callbackUrl: 'https://elders.nl' })],
      ['PATCH', {}],
      ['PUT', { auth: null }],
    ] as const) {
      const refused = await call(method, path, sent)
      t.equal(refused.statusCode, 403, 'before the body is looked at')
      t.match(refused.json(), { code: 'permission_denied' })
    }
    t.strictSame((await call('GET', path)).json(), abonnement)
  },
)

void t.test('test_abonnement_destroy_different_clientid: another client deletes nothing', async (t) => {
  const { call, made } = await start(t, await freshDatabaseUrl(t, 'sqlite'))
  const { path } = await made()
  const refused = await call('DELETE', path)
  t.equal(refused.statusCode, 403)
  t.match(refused.json(), { code: 'permission_denied' })
  t.equal((await call('GET', path)).statusCode, 200)
})

onEachDatabase(
  t,
  'test_abonnementen_create_duplicate_callbacks: two abonnementen may have one callbackUrl',
  async (t, url) => {
    const { made } = await start(t, url)
    const [first, second] = [await made({ kanalen: [{ naam: 'zaken' }] }), await made({ kanalen: [{ naam: 'zaken' }] })]
    t.not(second.url, first.url)
    t.equal(second.callbackUrl, first.callbackUrl)
  },
)
