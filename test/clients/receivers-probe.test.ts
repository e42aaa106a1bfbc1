// What the test message at registration makes of each real subscriber (real-clients §3, traps 8 and 9).
import t from 'tap'
import { probeCallback } from '../../src/abonnementen/probe.ts'
import { Secret } from '../../src/common/secret.ts'
import type { Egress } from '../../src/egress/egress.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { Receiver } from '../support/receiver.ts'
import { SECRET } from '../support/token.ts'
import { maykinBearer } from './maykin.ts'
import * as receivers from './receivers.ts'
import { startBode } from './support.ts'

type Refusal = [name: string, code: string, reason: RegExp]
type Case = { who: string; path: string; answer: receivers.Subscriber; auth: string; strict: 'accepted' | Refusal }

const cannot = (status: number): Refusal => [
  'nonFieldErrors',
  'invalid-callback-url',
  new RegExp(`HTTP ${status}; verwacht is 200-209`),
]
const OPEN: Refusal = ['callbackUrl', 'no-auth-on-callback-url', /niet beveiligd/]

const CASES: Case[] = [
  {
    who: 'GZAC (204)',
    path: '/api/v1/notificatiesapi/callback',
    answer: receivers.gzac,
    auth: 'c2xldXRlbA==',
    strict: 'accepted',
  },
  { who: 'ZAC (204)', path: '/rest/notificaties', answer: receivers.zac, auth: 'geheim van zac', strict: 'accepted' },
  { who: 'NotifyNL-OMC (206)', path: '/events/listen', answer: receivers.omc, auth: 'Bearer omc', strict: 'accepted' },
  {
    who: 'Open Inwoner (204)',
    path: '/api/webhooks',
    answer: receivers.openInwoner,
    auth: 'Bearer inwoner',
    strict: 'accepted',
  },
  {
    who: 'Eventloket (422)',
    path: '/api/open-notifications/listen',
    answer: receivers.eventloket,
    auth: 'Bearer loket',
    strict: cannot(422),
  },
  {
    who: 'corsa-zgw (422)',
    path: '/api/v1/notifications',
    answer: receivers.corsaZgw,
    auth: 'Bearer corsa',
    strict: cannot(422),
  },
  { who: 'mijn-services (400)', path: '/prod/', answer: receivers.mijnServices, auth: 'sleutel', strict: cannot(400) },
  { who: 'OpenNotificeerMolz (400, open)', path: '/', answer: receivers.molz, auth: '', strict: OPEN },
  {
    who: 'MijnZaakNotificaties (400)',
    path: '/frank',
    answer: receivers.mijnZaakNotificaties,
    auth: 'Basic eA==',
    strict: cannot(400),
  },
  {
    who: 'the receiver of PodiumD (204)',
    path: '/hook',
    answer: receivers.podiumd,
    auth: 'Token x',
    strict: 'accepted',
  },
]

const PROBE =
  '{"kanaal":"test","hoofdObject":"http://some.hoofdobject.nl/","resource":"some_resource","resourceUrl":"http://some.resource.nl/","actie":"create","aanmaakdatum":"2019-01-01T12:00:00Z","kenmerken":{}}'

void t.test('each subscriber is accepted or refused by what it answers to the test message', async (t) => {
  const { call, database } = await startBode(t, await freshDatabaseUrl(t, 'sqlite'))
  for (const { who, path, answer, auth, strict } of CASES) {
    const receiver = await Receiver.start(t)
    receiver.answer(answer(auth))
    const response = await call('POST', 'abonnement', { callbackUrl: `${receiver.url}${path}`, auth, kanalen: [] })
    const sent = receiver.requests.map(({ path, body, headers }) => [path, body, headers.authorization])
    const both = [
      [path, PROBE, undefined],
      [path, PROBE, auth],
    ]
    t.strictSame(sent, strict === OPEN ? both.slice(0, 1) : both, `${who}: the same message, first without auth`)
    for (const { method, headers } of receiver.requests) {
      t.match(
        { method, ...headers },
        { method: 'POST', accept: 'application/json', 'content-type': 'application/json' },
      )
    }
    if (strict === 'accepted') {
      t.equal(response.statusCode, 201, `${who}: ${response.body}`)
      continue
    }
    const [name, code, reason] = strict
    t.match(response.json(), { status: 400, code: 'invalid', invalidParams: [{ name, code, reason }] }, who)
  }
  const accepted = CASES.filter(({ strict }) => strict === 'accepted')
  t.equal(await database.reader.abonnement.count(), accepted.length, 'nothing is stored of who was refused')
})

void t.test('Open Zaak as a subscriber: a token that it knows is accepted, another refused', async (t) => {
  const receiver = await Receiver.start(t)
  const { call, clock } = await startBode(t, await freshDatabaseUrl(t, 'sqlite'))
  receiver.answer(receivers.maykinCallbacks(SECRET, () => clock.now()))
  const callbackUrl = `${receiver.url}/zaken/api/v1/callbacks`
  const status = async (secret: string): Promise<number> => {
    const auth = maykinBearer({ clientId: 'notificaties', secret, now: clock.now() })
    return (await call('POST', 'abonnement', { callbackUrl, auth, kanalen: [{ naam: 'zaken' }] })).statusCode
  }
  t.equal(await status(SECRET), 201)
  t.equal(await status(`${SECRET}?`), 400)
})

void t.test('a page that a subscriber is sent to is not called, whatever it would answer', async (t) => {
  const home = await Receiver.start(t)
  home.answer({ status: 200 })
  const receiver = await Receiver.start(t)
  const { call } = await startBode(t, await freshDatabaseUrl(t, 'sqlite'))
  for (const status of [301, 302, 303, 307, 308]) {
    const elsewhere = { status, headers: { location: home.url } }
    receiver.answer(({ headers }) => (headers.authorization === undefined ? { status: 401 } : elsewhere))
    const response = await call('POST', 'abonnement', { callbackUrl: receiver.url, auth: 'x' })
    t.match(response.json(), {
      invalidParams: [{ code: 'invalid-callback-url', reason: new RegExp(`HTTP ${status}`) }],
    })
    receiver.answer(elsewhere)
    const open = await call('POST', 'abonnement', { callbackUrl: receiver.url, auth: 'x' })
    t.match(open.json(), { invalidParams: [{ name: 'callbackUrl', code: 'no-auth-on-callback-url' }] }, 'no 401 or 403')
  }
  t.equal(home.requests.length, 0)
})

void t.test('the probe can ask less: that somebody answers, or nothing', async (t) => {
  for (const [probe, requests] of [
    ['reachable', 1],
    ['off', 0],
  ] as const) {
    const { call } = await startBode(t, await freshDatabaseUrl(t, 'sqlite'), { settings: { callbacks: { probe } } })
    for (const { who, path, answer, auth } of CASES) {
      const receiver = await Receiver.start(t)
      receiver.answer(answer(auth))
      const response = await call('POST', 'abonnement', { callbackUrl: `${receiver.url}${path}`, auth, kanalen: [] })
      t.equal(response.statusCode, 201, `${probe}: ${who}`)
      t.equal(receiver.requests.length, requests, `${probe}: ${who}`)
    }
  }
})

void t.test('webhook.site, which lets everybody in, is tried with its auth only', async (t) => {
  const sent: [url: string, authorization: string | undefined][] = []
  const egress: Egress = {
    request: async ({ url, headers }) => {
      sent.push([url, headers['authorization']])
      return { status: 200, headers: {}, body: Buffer.alloc(0), truncated: false, durationMs: 1 }
    },
    close: async () => {},
  }
  const tried = async (callbackUrl: string): Promise<void> =>
    probeCallback(egress, { callbackUrl, auth: new Secret('x'), mode: 'strict', newCallback: true })
  await tried('https://webhook.site/0b8c')
  await t.rejects(tried('https://webhook.site.example/0b8c'), { message: 'invalid' })
  t.strictSame(sent, [
    ['https://webhook.site/0b8c', 'x'],
    ['https://webhook.site.example/0b8c', undefined],
  ])
})
