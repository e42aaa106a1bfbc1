// Eventloket: registers per municipality and renews its token by itself (real-clients §2.2).
import { randomBytes, randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { CLIENTS } from '../support/app.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'
import { PhpClient } from './php.ts'
import { eventloket as eventloketReceiver, ZAKEN_HOST } from './receivers.ts'
import { reverseProxy } from './reverse-proxy.ts'
import { jsonOf, listOf, startBode, type Bode } from './support.ts'

const KANALEN = ['zaken', 'besluiten', 'documenten', 'zaaktypen']
/** Laravel answers the test message with 422. */
const SETTINGS = { callbacks: { probe: 'reachable' as const } }
const CLIENT = { eventloket: ['notificaties.consumeren', 'notificaties.publiceren'] }

/** A token as Passport makes them, signed with a 4096 bit key: longer than Open Notificaties can keep. */
function passportToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const [iat, nbf, exp] = [1_795_000_000.123456, 1_795_000_000.123459, 1_826_536_000.121314]
  const ids = { aud: randomUUID(), jti: randomBytes(40).toString('hex'), sub: randomUUID() }
  const claims = { ...ids, iat, nbf, exp, scopes: ['notifications:receive'] }
  const header = { typ: 'JWT', alg: 'RS256' }
  return `${part(header)}.${part(claims)}.${randomBytes(512).toString('base64url')}`
}

type Health = 'Healthy' | 'RemoteMissing' | `KanalenMismatch ${string}`

class Eventloket {
  /** Whom its callback lets in. */
  readonly issued = new Set<string>()
  url: string | undefined
  readonly #client: PhpClient
  readonly #baseUrl: string
  readonly #callbackUrl: string

  constructor(baseUrl: string, callbackUrl: string, now: () => number) {
    this.#client = new PhpClient({ baseUrl, clientId: 'eventloket', now })
    this.#baseUrl = baseUrl
    this.#callbackUrl = callbackUrl
  }

  /**
   * Registers, or renews what is registered for its callback. The new token works from the start; the old one
   * is revoked when that is done, the new one when it failed.
   */
  async register(): Promise<'created' | 'updated'> {
    const auth = `Bearer ${passportToken()}`
    this.issued.add(auth)
    try {
      const outcome = await this.#send(auth)
      for (const old of this.issued) if (old !== auth) this.issued.delete(old)
      return outcome
    } catch (error) {
      this.issued.delete(auth)
      throw error
    }
  }

  async #send(auth: string): Promise<'created' | 'updated'> {
    const existing = (await this.#list()).find(({ callbackUrl }) => callbackUrl === this.#callbackUrl)
    if (existing === undefined) {
      const kanalen = KANALEN.map((naam) => ({ naam, filters: {} }))
      const payload = { callbackUrl: this.#callbackUrl, auth, kanalen }
      this.url = String(jsonOf(await this.#client.call('POST', 'abonnement', payload))['url'])
      return 'created'
    }
    this.url = this.#allowed(String(existing['url']))
    await this.#client.call('PATCH', this.url, { auth })
    return 'updated'
  }

  async health(): Promise<Health> {
    try {
      const { kanalen } = jsonOf(await this.#client.call('GET', this.#allowed(this.url ?? '')))
      const names = new Set((kanalen as { naam: string }[]).map(({ naam }) => naam))
      const missing = KANALEN.filter((naam) => !names.has(naam))
      return missing.length === 0 ? 'Healthy' : `KanalenMismatch ${missing.join(' ')}`
    } catch {
      return 'RemoteMissing'
    }
  }

  /** A list as such, or a page of one. */
  async #list(): Promise<Record<string, unknown>[]> {
    const reply = await this.#client.call('GET', 'abonnement')
    const { results } = jsonOf(reply) as { results?: Record<string, unknown>[] }
    return results ?? listOf(reply)
  }

  /** Its credentials go to the configured origin only. */
  #allowed(url: string): string {
    if (!URL.canParse(url) || new URL(url).origin !== new URL(this.#baseUrl).origin)
      throw new Error(`not allowed: ${url}`)
    return url
  }
}

type World = Bode & { eventloket: Eventloket; receiver: Receiver }

async function world(t: Test, url: string, settings: object = SETTINGS): Promise<World> {
  const receiver = await Receiver.start(t)
  const bode = await startBode(t, url, { clients: { ...CLIENTS, ...CLIENT }, settings })
  const callbackUrl = `${receiver.url}/api/open-notifications/listen`
  const eventloket = new Eventloket(bode.apiRoot, callbackUrl, () => bode.clock.now())
  receiver.answer((request) => {
    const { authorization = '' } = request.headers
    return eventloketReceiver(eventloket.issued.has(authorization) ? authorization : 'none')(request)
  })
  return { ...bode, eventloket, receiver }
}

const ZAAK = messageBody({
  hoofdObject: `https://${ZAKEN_HOST}/zaken/api/v1/zaken/1`,
  resourceUrl: `https://${ZAKEN_HOST}/zaken/api/v1/zaken/1`,
})

onEachDatabase(t, 'Eventloket registers, and renews its token: the kanalen stay', async (t, url) => {
  const { eventloket, receiver, call, deliver, snapshot } = await world(t, url)
  t.equal(await eventloket.register(), 'created')
  const [token = ''] = eventloket.issued
  t.ok(token.length > 1_000)
  t.equal(await eventloket.health(), 'Healthy')
  const first = eventloket.url
  t.equal(await eventloket.register(), 'updated')
  t.equal(eventloket.url, first)
  t.equal(await eventloket.health(), 'Healthy', 'Open Notificaties would have lost the kanalen')
  t.equal(snapshot().abonnementen.size, 1)

  receiver.requests.length = 0
  await call('POST', 'notificaties', ZAAK)
  await deliver()
  t.strictSame(
    receiver.requests.map(({ headers }) => headers.authorization),
    [...eventloket.issued],
    'the new token, whole',
  )
})

onEachDatabase(t, 'Eventloket renews while messages wait: they are sent with the new token', async (t, url) => {
  const { eventloket, receiver, call, attempted, deliver, attempts } = await world(t, url)
  await eventloket.register()
  const [token] = eventloket.issued
  eventloket.issued.clear() // it expired
  await call('POST', 'notificaties', ZAAK)
  await attempted(1)
  t.equal(receiver.requests.at(-1)?.headers.authorization, token)
  t.equal(await eventloket.register(), 'updated')
  await attempted(2, 60_000)
  await deliver()
  t.match(attempts(), [
    { status: 401, outcome: 'retry' },
    { status: 200, outcome: 'delivered' },
  ])
})

void t.test('Eventloket is refused where the test message must be taken, and told so', async (t) => {
  const { eventloket, database } = await world(t, await freshDatabaseUrl(t, 'sqlite'), {})
  await t.rejects(eventloket.register(), { message: /HTTP 400.*invalid-callback-url.*HTTP 422; verwacht is 200-209/ })
  t.equal(await database.reader.abonnement.count(), 0)
})

void t.test('Eventloket gets urls of the origin that it is configured for, behind a proxy too', async (t) => {
  let origin = ''
  const proxy = await reverseProxy(t, () => origin)
  for (const [what, settings, expected] of [
    ['a proxy that is trusted', { ...SETTINGS, http: { trustProxy: ['127.0.0.0/8'] } }, 'Healthy'],
    ['a publicUrl', { ...SETTINGS, publicUrl: proxy }, 'Healthy'],
    ['neither', SETTINGS, 'RemoteMissing'],
  ] as const) {
    const { clock, receiver, origin: own } = await world(t, await freshDatabaseUrl(t, 'sqlite'), settings)
    origin = own
    const eventloket = new Eventloket(`${proxy}/api/v1/`, `${receiver.url}/listen`, () => clock.now())
    t.equal(await eventloket.register(), 'created', what)
    t.equal(await eventloket.health(), expected, what)
  }
})
