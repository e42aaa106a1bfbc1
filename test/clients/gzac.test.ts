// GZAC as publisher and as subscriber that registers itself (real-clients §1.2 and §2.1).
import t, { type Test } from 'tap'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'
import type { SeedConfiguration } from '../support/seed-configuration.ts'
import { CLIENTS } from '../support/app.ts'
import { Gzac, NotificatiesApiException, type GzacNotificatie } from './gzac.ts'
import { gzacInbox } from './receivers.ts'
import { jsonOf, KANALEN, lastSegment, startBode, type Bode } from './support.ts'

const CLIENT = { gzac: ['notificaties.consumeren', 'notificaties.publiceren'] }
const TYPE = 'http://objecttypes:8000/api/v2/objecttypes/1'
const CALLBACK = '/api/v1/notificatiesapi/callback'
const NOTIFICATIE: GzacNotificatie = {
  kanaal: 'zaken',
  hoofdObject: 'http://openzaak:8000/zaken/api/v1/zaken/1',
  resource: 'zaak',
  resourceUrl: 'http://openzaak:8000/zaken/api/v1/zaken/1',
  actie: 'create',
  aanmaakdatum: '2024-03-01T12:00:00.123456',
}

type World = Bode & { gzac: Gzac; receiver: Receiver; callbackUrl: string; restarted: () => Gzac }

/** GZAC with its callback, beside a Bode that knows it. */
async function world(
  t: Test,
  url: string,
  configuration: (callbackUrl: string) => SeedConfiguration = () => ({}),
): Promise<World> {
  const receiver = await Receiver.start(t)
  const callbackUrl = `${receiver.url}${CALLBACK}`
  const bode = await startBode(t, url, { clients: { ...CLIENTS, ...CLIENT }, ...configuration(callbackUrl) })
  const kanalen = [
    { naam: 'objecten', filters: { objectType: TYPE, actie: 'create' } },
    { naam: 'gzac', filters: {} },
  ]
  const make = (): Gzac => new Gzac({ apiRoot: bode.apiRoot, now: () => bode.clock.now(), callbackUrl, kanalen })
  const gzac = make()
  receiver.answer((request) => gzacInbox(gzac.link?.auth ?? 'not known yet').answer(request))
  return { ...bode, gzac, receiver, callbackUrl, restarted: make }
}

void t.test('GZAC publishes a local time without kenmerken, and reads the message back', async (t) => {
  const receiver = await Receiver.start(t)
  const { gzac, deliver } = await world(t, await freshDatabaseUrl(t, 'sqlite'), () => ({
    abonnementen: [
      { callbackUrl: receiver.url, auth: 'key', kanalen: [{ naam: 'zaken', filters: {}, acties: [], resources: [] }] },
    ],
  }))
  t.match(await gzac.publish(NOTIFICATIE), NOTIFICATIE)
  await deliver()
  t.strictSame(JSON.parse(receiver.requests[0]?.body ?? ''), {
    ...NOTIFICATIE,
    aanmaakdatum: '2024-03-01T12:00:00.123Z',
    kenmerken: {},
  })
  const kenmerken = { bronorganisatie: '1' }
  t.strictSame(
    (await gzac.publish({ ...NOTIFICATIE, aanmaakdatum: '2024-03-01T12:00', kenmerken })).kenmerken,
    kenmerken,
  )
})

void t.test('GZAC reads every refusal as its exception', async (t) => {
  const { gzac, apiRoot, callbackUrl } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  const stranger = new Gzac({ apiRoot, now: () => Date.now() - 7_200_000, callbackUrl, kanalen: [] })
  const unreachable = new Gzac({ apiRoot, now: Date.now, callbackUrl: 'http://127.0.0.1:1/', kanalen: [] })
  const unknown = new Gzac({ apiRoot, now: Date.now, callbackUrl, kanalen: [{ naam: 'x'.repeat(51), filters: {} }] })
  const refusals: [what: string, request: () => Promise<unknown>, fout: object][] = [
    [
      'an unknown kanaal',
      () => gzac.publish({ ...NOTIFICATIE, kanaal: 'nergens' }),
      { status: 400, invalidParams: [{ name: 'kanaal', code: 'message_kanaal' }] },
    ],
    [
      'several faults',
      () => gzac.publish({ ...NOTIFICATIE, hoofdObject: 'x', actie: '' }),
      { status: 400, invalidParams: [{ name: 'hoofdObject' }, { name: 'actie', code: 'blank' }] },
    ],
    ['a token of two hours ago', () => stranger.publish(NOTIFICATIE), { status: 403, code: 'jwt-expired' }],
    [
      'a callback that does not answer',
      () => unreachable.start(),
      { status: 400, invalidParams: [{ name: 'nonFieldErrors', code: 'invalid-callback-url' }] },
    ],
    [
      'a kanaal with a long name',
      () => unknown.start(),
      { status: 400, invalidParams: [{ name: 'naam', code: 'max_length' }] },
    ],
  ]
  for (const [what, request, fout] of refusals) {
    const error: unknown = await request().then(
      () => undefined,
      (error: unknown) => error,
    )
    if (error instanceof NotificatiesApiException) t.match(error.fout, { instance: /^urn:uuid:/, ...fout }, what)
    else t.fail(what, { error })
  }
})

onEachDatabase(
  t,
  'GZAC registers itself: kanalen that are missing, a raw key, the same abonnement at each start',
  async (t, url) => {
    const { gzac, receiver, call, deliver, snapshot } = await world(t, url)
    await gzac.start()
    const { link } = gzac
    t.match(link?.auth, /^[\w+/]{43}=$/)
    t.strictSame(
      receiver.requests.map(({ headers }) => headers.authorization),
      [undefined, link?.auth],
    )
    t.match(snapshot().kanalen.get('gzac'), { documentatieLink: '', filters: [] })

    await gzac.start()
    await gzac.start()
    t.equal(gzac.link?.url, link?.url)
    t.equal(snapshot().abonnementen.size, 1)

    receiver.requests.length = 0
    const about = (object_type: string, actie: string) =>
      call('POST', 'notificaties', messageBody({ kanaal: 'objecten', actie, kenmerken: { object_type } }))
    await about(TYPE, 'create')
    await about(`${TYPE}0`, 'create')
    await about(TYPE, 'update')
    await deliver()
    t.strictSame(
      receiver.requests.map(({ headers, body }) => [headers.authorization, kenmerkenOf(body)]),
      [
        [link?.auth, { objectType: TYPE }],
        [link?.auth, { objectType: TYPE }],
      ],
      'the key as it is; a filter on what is no kenmerk lets everything pass, as it does today',
    )
  },
)

const kenmerkenOf = (body: string): unknown => (JSON.parse(body) as GzacNotificatie).kenmerken

void t.test('GZAC that lost its table takes over from itself', async (t) => {
  const { gzac, restarted, snapshot, callbackUrl, call } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  await gzac.start()
  const before = gzac.link?.url ?? ''
  const elsewhere = await Receiver.start(t)
  elsewhere.answer(({ headers }) => ({ status: headers.authorization === undefined ? 403 : 204 }))
  const other = await call('POST', 'abonnement', { callbackUrl: elsewhere.url, auth: 'x', kanalen: [] })
  const again = restarted()
  gzac.link = undefined
  await again.start()
  t.notOk(snapshot().abonnementen.has(lastSegment(before)), 'the old one is deleted')
  t.strictSame(
    new Set([...snapshot().abonnementen.values()].map(({ callbackUrl }) => callbackUrl)),
    new Set([elsewhere.url, callbackUrl]),
  )
  t.equal(other.statusCode, 201)
})

onEachDatabase(t, 'GZAC may not delete what a configuration declares with its callbackUrl', async (t, url) => {
  const id = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'
  const { gzac, snapshot, call } = await world(t, url, (callbackUrl) => ({
    kanalen: { ...KANALEN, gzac: [] },
    abonnementen: [{ id, callbackUrl, auth: 'declared' }],
  }))
  const error: unknown = await gzac.start().catch((error: unknown) => error)
  t.match(error, { fout: { status: 403, code: 'managed-by-configuration', detail: /gemeente-test/ } })
  t.strictSame([...snapshot().abonnementen.keys()], [id], 'it survives, and nothing came beside it')
  t.match((await call('GET', `abonnement/${id}`)).statusCode, 200)
})

void t.test('GZAC takes over what is declared for it and what it may delete', async (t) => {
  const id = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'
  const { gzac, snapshot } = await world(t, await freshDatabaseUrl(t, 'sqlite'), (callbackUrl) => ({
    abonnementen: [{ id, callbackUrl, auth: 'declared', client: { clientId: 'gzac', may: ['delete'] } }],
  }))
  await gzac.start()
  t.strictSame([...snapshot().abonnementen.keys()], [lastSegment(gzac.link?.url ?? '')])
  t.not(lastSegment(gzac.link?.url ?? ''), id)
})

void t.test('the old connector keeps its query string, and finds its id as a uuid', async (t) => {
  const { receiver, call, deliver } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  receiver.answer(({ headers }) => ({ status: headers.authorization === undefined ? 403 : 204 }))
  const path = `/api/v1/notification?connectorId=${'a'.repeat(300)}&x=%2F%20&y`
  const created = await call('POST', 'abonnement', {
    callbackUrl: `${receiver.url}${path}`,
    auth: 'raw',
    kanalen: [{ naam: 'objecten', filters: {} }],
  })
  const { url: itself, callbackUrl } = jsonOf({ text: created.body, status: 201, headers: {} })
  t.match(lastSegment(String(itself)), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  t.equal(callbackUrl, `${receiver.url}${path}`)
  await call('POST', 'notificaties', messageBody({ kanaal: 'objecten', kenmerken: {} }))
  await deliver()
  t.strictSame(new Set(receiver.requests.map((request) => request.path)), new Set([path]))
  t.equal(receiver.requests.length, 3)
})
