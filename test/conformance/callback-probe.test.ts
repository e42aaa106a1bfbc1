// How a callback is tried before an abonnement is kept: the Abonnementen of Open Notificaties' test_validation.py, and
// what that suite leaves out.
import t, { type Test } from 'tap'
import { probeCallback } from '../../src/abonnementen/probe.ts'
import type { Settings } from '../../src/common/model.ts'
import type { Problem } from '../../src/common/problem.ts'
import { Secret } from '../../src/common/secret.ts'
import type { Egress } from '../../src/egress/egress.ts'
import { startTestApp, TEST_SETTINGS, type TestApp } from '../support/app.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { Receiver, type Answer } from '../support/receiver.ts'

const AUTH = 'Bearer key-of-the-subscriber'
const UNPROTECTED = {
  name: 'callbackUrl',
  code: 'no-auth-on-callback-url',
  reason: 'De opgegeven callback URL is niet beveiligd met autorisatie.',
}
const UNUSABLE = /^De opgegeven callback URL kan geen notificaties ontvangen\. /

type Started = TestApp & {
  receiver: Receiver
  /** Subscribes and gives 201, or the only fault of the answer. */
  outcome: (changes?: object) => Promise<unknown>
}

async function start(t: Test, probe: Settings['callbacks']['probe'] = 'strict'): Promise<Started> {
  const receiver = await Receiver.start(t)
  const settings = { ...TEST_SETTINGS, callbacks: { probe } }
  const app = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: { zaken: [] }, settings })
  const outcome = async (changes: object = {}): Promise<unknown> => {
    const response = await app.call('POST', 'abonnement', { callbackUrl: receiver.url, auth: AUTH, ...changes })
    if (response.statusCode === 201) return 201
    const { status, invalidParams } = response.json<{ status: number; invalidParams: unknown[] }>()
    return status === 400 && invalidParams.length === 1 ? invalidParams[0] : response.json()
  }
  return { ...app, receiver, outcome }
}

/** 403 without authorization, and else this. */
const protectedAnswer =
  (answer: Answer) =>
  ({ headers }: { headers: { authorization?: string | undefined } }): Answer =>
    headers.authorization === undefined ? { status: 403 } : answer

void t.test(
  'Abonnementen.test_abonnementen_invalid_callback_url: an answer that is no success is refused',
  async (t) => {
    const { receiver, outcome, database } = await start(t)
    for (const status of [302, 400, 401, 403, 404, 422, 500, 210, 226, 299]) {
      receiver.answer(protectedAnswer({ status, headers: { location: `${receiver.url}/elsewhere` }, body: 'geheim' }))
      t.strictSame(
        await outcome(),
        {
          name: 'nonFieldErrors',
          code: 'invalid-callback-url',
          reason: `De opgegeven callback URL kan geen notificaties ontvangen. Een testbericht met de opgegeven auth kreeg als antwoord HTTP ${status}; verwacht is 200-209.`,
        },
        String(status),
      )
    }
    t.notOk(
      receiver.requests.some(({ path }) => path === '/elsewhere'),
      'a redirect is not followed',
    )
    t.equal(await database.reader.abonnement.count(), 0)
  },
)

void t.test('Abonnementen.test_abonnementen_callback_url_accept_20x_status_codes: 200 to 209 will do', async (t) => {
  const { receiver, outcome } = await start(t)
  for (const status of [200, 201, 202, 203, 204, 205, 206, 207, 208, 209]) {
    receiver.answer(protectedAnswer({ status }))
    t.equal(await outcome(), 201, String(status))
  }
})

void t.test(
  'Abonnementen.test_abonnementen_callback_url_no_auth: a callback that anybody may call is refused',
  async (t) => {
    const { receiver, outcome } = await start(t)
    for (const status of [200, 204, 302, 400, 404, 500]) {
      receiver.requests.length = 0
      receiver.answer({ status })
      t.strictSame(await outcome(), UNPROTECTED, String(status))
      t.equal(receiver.requests.length, 1, 'and the message with authorization is not sent')
    }
    for (const status of [401, 403]) {
      receiver.answer(({ headers }) => ({ status: headers.authorization === undefined ? status : 204 }))
      t.equal(await outcome(), 201, String(status))
    }
  },
)

void t.test('Abonnementen.test_webhooksite_whitelisted: only of webhook.site no authorization is asked', async (t) => {
  const sent: [url: string, authorization: string | undefined][] = []
  const egress = {
    request: async ({ url, headers }: Parameters<Egress['request']>[0]) => {
      sent.push([url, headers['authorization']])
      return { status: 200 }
    },
  } as unknown as Egress
  const probe = (callbackUrl: string): Promise<void> =>
    probeCallback(egress, { callbackUrl, auth: new Secret(AUTH), mode: 'strict', newCallback: true })
  await probe('https://webhook.site/482a09ff')
  t.strictSame(sent, [['https://webhook.site/482a09ff', AUTH]])
  for (const host of ['webhook.site:8443', 'www.webhook.site', 'webhook.site.example.nl']) {
    const refusal = (await probe(`https://${host}/`).catch((error: unknown) => error)) as Problem
    t.strictSame(refusal.details.invalidParams, [UNPROTECTED], host)
  }
})

void t.test(
  'two messages are sent, the same to the byte, first without and then with the auth as it stands',
  async (t) => {
    const { receiver, outcome } = await start(t)
    receiver.answer(protectedAnswer({ status: 204 }))
    t.equal(await outcome({ callbackUrl: `${receiver.url}/in?connectorId=1`, auth: ' cmF3IGtleQ== ' }), 201)
    t.strictSame(
      receiver.requests.map(({ method, path, headers }) => [method, path, headers.authorization]),
      [
        ['POST', '/in?connectorId=1', undefined],
        ['POST', '/in?connectorId=1', 'cmF3IGtleQ=='],
      ],
    )
    for (const { headers, body } of receiver.requests) {
      t.equal(headers['content-type'], 'application/json')
      t.equal(
        body,
        '{"kanaal":"test","hoofdObject":"http://some.hoofdobject.nl/","resource":"some_resource","resourceUrl":"http://some.resource.nl/","actie":"create","aanmaakdatum":"2019-01-01T12:00:00Z","kenmerken":{}}',
      )
    }
  },
)

void t.test('an empty auth is sent as an empty Authorization', async (t) => {
  const { receiver, outcome } = await start(t)
  receiver.answer(protectedAnswer({ status: 200 }))
  t.equal(await outcome({ auth: '' }), 201)
  t.equal(receiver.requests[1]?.headers.authorization, '')
})

void t.test('a callback that cannot be reached is 400, whichever message it was', async (t) => {
  const { receiver, outcome } = await start(t)
  const unreachable = { name: 'nonFieldErrors', code: 'invalid-callback-url', reason: UNUSABLE }
  receiver.answer('reset')
  t.match(await outcome(), { ...unreachable, reason: /niet bereikbaar/ }, 'broken without authorization')
  receiver.answer(protectedAnswer('reset'))
  t.match(await outcome(), { ...unreachable, reason: /niet bereikbaar/ }, 'broken with authorization')
  receiver.answer('garbage')
  t.match(await outcome(), unreachable, 'no HTTP')
  t.match(await outcome({ callbackUrl: 'http://127.0.0.1:1/' }), { ...unreachable, reason: /refused/ })
  t.match(await outcome({ callbackUrl: 'http://nergens.invalid/' }), { ...unreachable, reason: /resolve/ })
  t.match(await outcome({ callbackUrl: receiver.url.replace('http', 'https') }), unreachable, 'no TLS')
  t.match(await outcome({ callbackUrl: 'http://169.254.169.254/latest' }), unreachable, 'what the policy forbids')
})

void t.test('faults of fields come before the callback is tried, those of kanalen after it', async (t) => {
  const { receiver, outcome } = await start(t)
  receiver.answer(protectedAnswer({ status: 204 }))
  const unknown = [{ naam: 'nergens' }]
  t.match(await outcome({ kanalen: unknown, sendCloudevents: null }), { name: 'sendCloudevents' })
  t.equal(receiver.requests.length, 0, 'nothing is sent for a request that is wrong by itself')
  t.match(await outcome({ kanalen: unknown }), { name: 'naam', code: 'kanaal_naam' })
  t.equal(receiver.requests.length, 2)
  receiver.answer(protectedAnswer({ status: 500 }))
  t.match(await outcome({ kanalen: unknown }), { code: 'invalid-callback-url' })
})

onEachDatabase(
  t,
  'PATCH without a callbackUrl sends one message, with the stored auth unless it brings one',
  async (t, url) => {
    const receiver = await Receiver.start(t)
    const accepted = new Set([AUTH, 'Bearer renewed'])
    receiver.answer(({ headers }) => ({ status: accepted.has(headers.authorization ?? '') ? 204 : 401 }))
    const { call } = await startTestApp(t, url, { kanalen: { zaken: [] } })
    const { url: place } = (await call('POST', 'abonnement', { callbackUrl: receiver.url, auth: AUTH })).json<{
      url: string
    }>()
    const sentBy = async (method: 'PUT' | 'PATCH', body: object): Promise<unknown[]> => {
      receiver.requests.length = 0
      const { statusCode } = await call(method, new URL(place).pathname, body)
      return [statusCode, ...receiver.requests.map(({ path, headers }) => [path, headers.authorization])]
    }
    t.strictSame(await sentBy('PATCH', { kanalen: [{ naam: 'zaken' }] }), [200, ['/', AUTH]])
    t.strictSame(await sentBy('PATCH', { auth: 'Bearer renewed' }), [200, ['/', 'Bearer renewed']])
    t.strictSame(await sentBy('PATCH', { auth: 'Bearer wrong' }), [400, ['/', 'Bearer wrong']])
    const elsewhere = { callbackUrl: `${receiver.url}/new` }
    t.strictSame(await sentBy('PATCH', elsewhere), [200, ['/new', undefined], ['/new', 'Bearer renewed']])
    const put = { callbackUrl: receiver.url, auth: AUTH }
    t.strictSame(await sentBy('PUT', put), [200, ['/', undefined], ['/', AUTH]])
  },
)

void t.test('the configuration may ask less of a callback: that it can be reached, or nothing', async (t) => {
  const reachable = await start(t, 'reachable')
  reachable.receiver.answer({ status: 500 })
  t.equal(await reachable.outcome(), 201)
  t.equal(reachable.receiver.requests.length, 1)
  t.match(await reachable.outcome({ callbackUrl: 'http://127.0.0.1:1/' }), { code: 'invalid-callback-url' })
  const off = await start(t, 'off')
  t.equal(await off.outcome({ callbackUrl: 'http://127.0.0.1:1/' }), 201)
  t.equal(off.receiver.requests.length, 0)
})
