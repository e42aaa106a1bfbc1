// The test suites of VNG: requests of a Postman collection, with a clock of their own (real-clients §1.6).
import t, { type Test } from 'tap'
import { freshDatabaseUrl } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'
import { makeToken, SECRET } from '../support/token.ts'
import { jsonOf, lastSegment, listOf, send, startBode, type Bode, type Reply, type Sent } from './support.ts'

/** How far ahead of us the clock of the collection is. */
const AHEAD_S = 257

type Collection = Bode & { request: (method: Sent['method'], path: string, body?: object) => Promise<Reply> }

/** `claims` of undefined are left out. */
async function collection(
  t: Test,
  claims: Record<string, unknown> = {},
  { header = {}, ahead = AHEAD_S }: { header?: object; ahead?: number } = {},
): Promise<Collection> {
  const settings = { callbacks: { probe: 'off' as const } }
  const bode = await startBode(t, await freshDatabaseUrl(t, 'sqlite'), { settings })
  const iat = Math.floor(bode.clock.now() / 1_000) + ahead
  const token = makeToken({ secret: SECRET, now: bode.clock.now(), claims: { iat, ...claims }, header: { ...header } })
  return {
    ...bode,
    request: (method, path, body) =>
      send({
        method,
        url: `${bode.apiRoot}${path}`,
        headers: {
          'user-agent': 'PostmanRuntime/7.39.0',
          accept: '*/*',
          'accept-encoding': 'gzip, deflate, br',
          'accept-crs': 'EPSG:4326',
          'content-crs': 'EPSG:4326',
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body, null, 4) }),
      }),
  }
}

void t.test(
  'the collection of VNG runs: its clock is ahead, its tokens do not end, its callback is open',
  async (t) => {
    const { request } = await collection(t)
    const callback = await Receiver.start(t)
    const filters = ['bron', 'zaaktype', 'vertrouwelijkheidaanduiding']
    const kanaal = await request('POST', 'kanaal', { naam: 'vng', documentatieLink: 'https://vng.nl/kanaal', filters })
    t.equal(kanaal.status, 201)
    t.strictSame(Object.keys(jsonOf(kanaal)).toSorted(), ['documentatieLink', 'filters', 'naam', 'url'])
    t.equal((await request('POST', 'kanaal', { naam: 'vng', filters })).status, 400, 'a second time')
    t.match(listOf(await request('GET', 'kanaal?naam=vng')), [jsonOf(kanaal)])
    const documentatieLink = 'https://vng.nl/kanaal/2'
    const changed = await request('PATCH', `kanaal/${lastSegment(String(jsonOf(kanaal)['url']))}`, { documentatieLink })
    t.strictSame(jsonOf(changed), { ...jsonOf(kanaal), documentatieLink })

    const body = {
      callbackUrl: `${callback.url}/vng`,
      auth: 'Bearer aef34gh',
      kanalen: [{ naam: 'vng', filters: { bron: '082096752011', zaaktype: '*', vertrouwelijkheidaanduiding: '*' } }],
    }
    const created = await request('POST', 'abonnement', body)
    t.equal(created.status, 201)
    const abonnement = jsonOf(created)
    t.notOk('auth' in abonnement)
    t.match(abonnement['kanalen'], body.kanalen)
    const path = `abonnement/${lastSegment(String(abonnement['url']))}`
    t.strictSame(jsonOf(await request('GET', path)), abonnement)
    t.strictSame(listOf(await request('GET', 'abonnement')), [abonnement])
    t.equal((await request('PUT', path, { ...body, callbackUrl: `${callback.url}/put` })).status, 200)
    t.match(jsonOf(await request('PATCH', path, { callbackUrl: `${callback.url}/patch` })), { kanalen: body.kanalen })

    const kenmerken = {
      bron: '082096752011',
      zaaktype: 'example.com/api/v1/zaaktypen/5aa5c',
      vertrouwelijkheidaanduiding: 'openbaar',
    }
    const message = messageBody({ kanaal: 'vng', kenmerken })
    const published = await request('POST', 'notificaties', message)
    t.equal(published.status, 201)
    t.strictSame(jsonOf(published), message)
    t.match(published.headers, { 'api-version': '1.0.0' })

    t.equal((await request('DELETE', path)).status, 204)
    t.equal((await request('GET', path)).status, 404)
    t.equal(callback.requests.length, 0)
  },
)

void t.test('the clock of a client may be five minutes ahead, and no more', async (t) => {
  for (const [ahead, status] of [
    [AHEAD_S, 200],
    [300, 200],
    [301, 403],
    [-3_599, 200],
    [-3_600, 403],
  ] as const) {
    const { request } = await collection(t, {}, { ahead })
    const reply = await request('GET', 'kanaal')
    t.equal(reply.status, status, `${ahead} s`)
    if (ahead === 301) {
      t.match(jsonOf(reply), { code: 'jwt-immaturesignatureerror', detail: /in de toekomst.*klok/ })
    }
  }
})

void t.test('what other test suites put into a token is no obstacle', async (t) => {
  for (const [what, claims, header] of [
    ['the client in the header too', {}, { client_identifier: 'openzaak' }],
    ['no user', { user_id: undefined, user_representation: '' }, {}],
    ['roles, an audience and scopes', { roles: ['admin'], aud: 'nrc', scopes: ['zds.scopes.zaken.aanmaken'] }, {}],
    ['another issuer', { iss: 'podiumd-tests' }, { typ: undefined, kid: '1' }],
    ['an end that is far away', { exp: 4_102_444_800 }, {}],
    ['a time with a fraction', { iat: Date.now() / 1_000 }, {}],
  ] as const) {
    const { request } = await collection(t, claims, { header })
    t.equal((await request('POST', 'notificaties', messageBody())).status, 201, what)
  }
})
