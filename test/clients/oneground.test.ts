// OneGround's components: they publish, and the documents component keeps one abonnement (real-clients §1.4, §2.3).
import t, { type Test } from 'tap'
import { CLIENTS } from '../support/app.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'
import { makeToken, SECRET } from '../support/token.ts'
import { jsonOf, listOf, send, startBode, type Bode, type Reply, type Sent } from './support.ts'

const CLIENT = { oneground: ['notificaties.consumeren', 'notificaties.publiceren'] }
const RSIN = '813264571'
const ZAAKTYPE = 'https://catalogi.oneground.local/api/v1/zaaktypen/1'

/** A kanaal stands twice in the abonnement, once for each actie. */
const KANALEN = ['create', 'destroy'].flatMap((actie) => [
  { naam: 'zaken', filters: { '#resource': 'zaakinformatieobject', '#actie': actie } },
  { naam: 'besluiten', filters: { '#resource': 'besluitinformatieobject', '#actie': actie } },
])

/** .NET's HTTP client: JSON with its charset, and a token with the organisation in it. */
class OneGround {
  /** The token that its callback takes now. */
  auth = ''
  readonly #options: { apiRoot: string; now: () => number; callbackUrl: string }

  constructor(options: { apiRoot: string; now: () => number; callbackUrl: string }) {
    this.#options = options
  }

  /** Sends a message; 200 and 201 are fine, and the echo is read. */
  async publish(message: object): Promise<Record<string, unknown>> {
    return jsonOf(await this.#call('POST', 'notificaties', message))
  }

  /**
   * The job that runs again before its token expires: what is registered for its callback gets the new token, and
   * nothing else is sent. (The real one also wants `owner` to be its rsin, which only OneGround's own API answers.)
   */
  async subscriptionJob(): Promise<'created' | 'patched'> {
    const { callbackUrl } = this.#options
    this.auth = `Bearer ${this.#token()}`
    const own = listOf(await this.#call('GET', 'abonnement')).filter((each) => each['callbackUrl'] === callbackUrl)
    for (const { url } of own) await this.#call('PATCH', String(url), { auth: this.auth })
    if (own.length > 0) return 'patched'
    await this.#call('POST', 'abonnement', { auth: this.auth, callbackUrl, kanalen: KANALEN })
    return 'created'
  }

  #token(): string {
    const { now } = this.#options
    const claims = { rsin: RSIN, nbf: Math.floor(now() / 1_000), exp: Math.floor(now() / 1_000) + 3_600 }
    return makeToken({ clientId: 'oneground', secret: SECRET, now: now(), claims })
  }

  async #call(method: Sent['method'], url: string, body?: object): Promise<Reply> {
    const { apiRoot } = this.#options
    const reply = await send({
      method,
      url: url.startsWith('http') ? url : `${apiRoot}${url}`,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${this.#token()}`,
        'x-correlation-id': '5d0a1b2c-0000-4000-8000-000000000001',
        ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (reply.status >= 300) throw new Error(`HTTP ${reply.status}: ${reply.text}`)
    return reply
  }
}

type World = Bode & { oneground: OneGround; receiver: Receiver }

async function world(t: Test, url: string): Promise<World> {
  const receiver = await Receiver.start(t)
  const bode = await startBode(t, url, { clients: { ...CLIENTS, ...CLIENT } })
  const callbackUrl = `${receiver.url}/api/v1/notificatie/${RSIN}`
  const oneground = new OneGround({ apiRoot: bode.apiRoot, now: () => bode.clock.now(), callbackUrl })
  receiver.answer(({ headers }) => ({ status: headers.authorization === oneground.auth ? 200 : 401 }))
  return { ...bode, oneground, receiver }
}

onEachDatabase(
  t,
  'OneGround gets what its filters on resource and actie name, and each message once',
  async (t, url) => {
    const { oneground, receiver, deliver, call } = await world(t, url)
    t.equal(await oneground.subscriptionJob(), 'created')
    t.match(listOf({ status: 200, headers: {}, text: (await call('GET', 'abonnement')).body }), [{ kanalen: KANALEN }])
    receiver.requests.length = 0

    const about = (kanaal: string, resource: string, actie: string): Record<string, unknown> =>
      messageBody({ kanaal, resource, actie, kenmerken: {} })
    const wanted = [
      about('zaken', 'zaakinformatieobject', 'create'),
      about('zaken', 'zaakinformatieobject', 'DESTROY'),
      about('besluiten', 'besluitinformatieobject', 'create'),
      about('besluiten', 'BesluitInformatieObject', 'destroy'),
    ]
    const others = [
      about('zaken', 'zaakinformatieobject', 'update'),
      about('zaken', 'zaak', 'create'),
      about('zaken', 'besluitinformatieobject', 'create'),
      about('documenten', 'zaakinformatieobject', 'create'),
    ]
    for (const message of [...wanted, ...others]) await oneground.publish(message)
    await deliver()
    const got = receiver.requests.map(({ body }) => JSON.parse(body) as { resource: string; actie: string })
    t.strictSame(
      new Set(got.map(({ resource, actie }) => `${resource} ${actie}`)),
      new Set(wanted.map(({ resource, actie }) => `${String(resource)} ${String(actie)}`)),
      'capitals do not matter, and are passed on as they were sent',
    )
    t.equal(got.length, wanted.length)
  },
)

void t.test('OneGround renews its token again and again, and nothing else changes', async (t) => {
  const { oneground, receiver, deliver, clock, snapshot } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  await oneground.subscriptionJob()
  const [before] = [...snapshot().abonnementen.values()]
  for (let hour = 0; hour < 3; hour += 1) {
    clock.advance(50 * 60_000)
    t.equal(await oneground.subscriptionJob(), 'patched')
  }
  const [after, ...more] = [...snapshot().abonnementen.values()]
  t.strictSame(more, [])
  t.match(after, { id: before?.id, kanalen: before?.kanalen, callbackUrl: before?.callbackUrl })
  receiver.requests.length = 0
  await oneground.publish(messageBody({ resource: 'zaakinformatieobject', kenmerken: {} }))
  await deliver()
  t.strictSame(
    receiver.requests.map(({ headers }) => headers.authorization),
    [oneground.auth],
  )
})

void t.test('OneGround publishes with seven digits of a second, and reads the echo', async (t) => {
  const { oneground } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  const sent = messageBody({
    aanmaakdatum: '2024-03-01T12:00:00.1234567Z',
    kenmerken: {
      bronorganisatie: RSIN,
      zaaktype: ZAAKTYPE,
      vertrouwelijkheidaanduiding: 'openbaar',
      kenmerk_bron: 'x',
    },
  })
  t.strictSame(await oneground.publish(sent), {
    ...sent,
    aanmaakdatum: '2024-03-01T12:00:00.123456Z',
    kenmerken: { bronorganisatie: RSIN, kenmerkBron: 'x', vertrouwelijkheidaanduiding: 'openbaar', zaaktype: ZAAKTYPE },
  })
})
