// Longer than most: one table of faults and one story per rule, over the same subscriber.
import t, { type Test } from 'tap'
import { startTestApp, TEST_SETTINGS } from '../support/app.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'

const AUTH = 'Bearer key-of-the-subscriber'
const KANALEN = { zaken: ['bronorganisatie', 'zaaktype'], objecten: ['object_type'], vrij: [] }

/** A callback that wants AUTH, as a good subscriber does. */
async function subscriber(t: Test): Promise<Receiver> {
  const receiver = await Receiver.start(t)
  receiver.answer(({ headers }) => ({ status: headers.authorization === AUTH ? 204 : 403 }))
  return receiver
}

const uuidOf = (abonnement: unknown): string => (abonnement as { url: string }).url.split('/').at(-1) ?? ''

onEachDatabase(t, 'an abonnement is made after both probes, read by all, and its auth never shown', async (t, url) => {
  const receiver = await subscriber(t)
  const { call, database } = await startTestApp(t, url, { kanalen: KANALEN })
  const callbackUrl = `${receiver.url}/callback?connectorId=1`
  const kanalen = [
    { filters: { bronorganisatie: '1' }, naam: 'zaken' },
    { filters: { '#actie': 'create,update', '#resource': 'status' }, naam: 'zaken' },
    { filters: { object_type: 'x' }, naam: 'objecten' },
  ]
  const created = await call('POST', 'abonnement', { callbackUrl, auth: AUTH, kanalen, url: 'ignored' })
  t.equal(created.statusCode, 201, created.body)
  const abonnement = created.json<Record<string, unknown>>()
  t.equal(created.headers.location, abonnement['url'])
  t.equal(
    created.body,
    JSON.stringify({
      url: abonnement['url'],
      callbackUrl,
      kanalen: [kanalen[0], kanalen[1], { filters: { objectType: 'x' }, naam: 'objecten' }],
      sendCloudevents: false,
      cloudeventFilters: [],
    }),
  )
  t.strictSame(
    receiver.requests.map(({ path, headers }) => [path, headers.authorization]),
    [
      ['/callback?connectorId=1', undefined],
      ['/callback?connectorId=1', AUTH],
    ],
  )
  t.equal(
    receiver.requests[0]?.body,
    '{"kanaal":"test","hoofdObject":"http://some.hoofdobject.nl/","resource":"some_resource","resourceUrl":"http://some.resource.nl/","actie":"create","aanmaakdatum":"2019-01-01T12:00:00Z","kenmerken":{}}',
  )
  t.strictSame((await call('GET', 'abonnement', undefined, { as: 'drc' })).json(), [abonnement])
  t.strictSame((await call('GET', `abonnement/${uuidOf(abonnement)}`)).json(), abonnement)
  const [secret] = await database.reader.secret.findMany({ where: { objectId: uuidOf(abonnement) } })
  t.match(secret, { field: 'auth.value', slot: 'current', reference: null })
  t.notMatch(secret?.ciphertext, /subscriber/)
})

type Params = [name: string, code: string][]
const faults: [what: string, body: object, expected: Params][] = [
  [
    'nothing',
    { callbackUrl: undefined, auth: undefined },
    [
      ['callbackUrl', 'required'],
      ['auth', 'required'],
    ],
  ],
  ['auth null', { auth: null }, [['auth', 'null']]],
  ['auth that cannot be a header', { auth: 'a\nb' }, [['auth', 'invalid']]],
  ['a callback that is no URL', { callbackUrl: 'x' }, [['callbackUrl', 'invalid']]],
  ['a callback over ftp', { callbackUrl: 'ftp://a.nl/' }, [['callbackUrl', 'invalid']]],
  ['a callback with user info', { callbackUrl: 'http://a:b@c.nl/' }, [['callbackUrl', 'invalid']]],
  ['kanalen null', { kanalen: null }, [['kanalen', 'null']]],
  ['kanalen an object', { kanalen: {} }, [['kanalen.nonFieldErrors', 'not_a_list']]],
  ['an entry that is text', { kanalen: ['zaken'] }, [['kanalen.0.nonFieldErrors', 'invalid']]],
  ['an entry without naam', { kanalen: [{}] }, [['kanalen.0.naam', 'required']]],
  ['filters null', { kanalen: [{ naam: 'zaken', filters: null }] }, [['kanalen.0.filters', 'null']]],
  ['filters a list', { kanalen: [{ naam: 'zaken', filters: [] }] }, [['kanalen.0.filters', 'not_a_dict']]],
  ['a null value', { kanalen: [{ naam: 'zaken', filters: { a: null } }] }, [['kanalen.0.filters.a', 'null']]],
  ['an object value', { kanalen: [{ naam: 'zaken', filters: { a: {} } }] }, [['kanalen.0.filters.a', 'invalid']]],
  [
    'a long value',
    { kanalen: [{ naam: 'zaken', filters: { a: 'x'.repeat(1001) } }] },
    [['kanalen.0.filters.a', 'max_length']],
  ],
  ['sendCloudevents null', { sendCloudevents: null }, [['sendCloudevents', 'null']]],
  ['sendCloudevents a word', { sendCloudevents: 'misschien' }, [['sendCloudevents', 'invalid']]],
  [
    'a blank typeSubstring',
    { cloudeventFilters: [{ typeSubstring: '' }] },
    [['cloudeventFilters.0.typeSubstring', 'blank']],
  ],
  ['an unknown kanaal', { kanalen: [{ naam: 'nergens' }] }, [['naam', 'kanaal_naam']]],
  [
    'filters that do not fit',
    { kanalen: [{ naam: 'zaken', filters: { bronorganisatie: '', foo: '' } }] },
    [['filters', 'inconsistent-abonnement-filters']],
  ],
]

void t.test('each fault of an abonnement has the name and code that clients know', async (t) => {
  const receiver = await subscriber(t)
  const { call, database } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: KANALEN })
  for (const [what, changes, expected] of faults) {
    const response = await call('POST', 'abonnement', { callbackUrl: receiver.url, auth: AUTH, ...changes })
    t.equal(response.statusCode, 400, `${what}: ${response.body}`)
    const { invalidParams = [] } = response.json<{ invalidParams?: Record<string, string>[] }>()
    t.strictSame(
      invalidParams.map(({ name, code }) => [name, code]),
      expected,
      what,
    )
  }
  t.equal(await database.reader.abonnement.count(), 0)
})

void t.test('a callback that cannot be used is 400, naming the step', async (t) => {
  const receiver = await Receiver.start(t)
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const outcome = async (callbackUrl = receiver.url): Promise<unknown> => {
    const response = await call('POST', 'abonnement', { callbackUrl, auth: AUTH })
    return response.statusCode === 201 ? 201 : response.json<{ invalidParams: unknown[] }>().invalidParams[0]
  }
  receiver.answer({ status: 204 })
  t.match(await outcome(), { name: 'callbackUrl', code: 'no-auth-on-callback-url' }, 'it takes messages from anybody')
  for (const status of [302, 400, 401, 422, 210, 299]) {
    receiver.answer(({ headers }) => ({ status: headers.authorization === undefined ? 401 : status }))
    t.match(await outcome(), {
      name: 'nonFieldErrors',
      code: 'invalid-callback-url',
      reason: new RegExp(`HTTP ${status}`),
    })
  }
  for (const status of [200, 202, 206, 209]) {
    receiver.answer(({ headers }) => ({ status: headers.authorization === undefined ? 403 : status, body: 'geheim' }))
    t.equal(await outcome(), 201, String(status))
  }
  receiver.answer('reset')
  t.match(await outcome(), { code: 'invalid-callback-url', reason: /niet bereikbaar/ }, 'a broken connection')
  t.match(await outcome('http://127.0.0.1:1/'), { code: 'invalid-callback-url', reason: /refused/ })
  t.match(await outcome('http://nergens.invalid/'), { code: 'invalid-callback-url', reason: /resolve/ })
  t.match(await outcome('http://169.254.169.254/latest'), { code: 'invalid-callback-url' }, 'what the policy forbids')
})

void t.test('the probe can ask less, or nothing', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.answer({ status: 500 })
  for (const [probe, requests] of [
    ['reachable', 1],
    ['off', 1],
  ] as const) {
    const settings = { ...TEST_SETTINGS, callbacks: { probe } }
    const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { settings })
    t.equal((await call('POST', 'abonnement', { callbackUrl: receiver.url, auth: AUTH })).statusCode, 201, probe)
    t.equal(receiver.requests.length, requests, probe)
    if (probe === 'reachable')
      t.equal((await call('POST', 'abonnement', { callbackUrl: 'http://127.0.0.1:1/', auth: '' })).statusCode, 400)
  }
})

onEachDatabase(t, 'PATCH changes what is sent; Eventloket renews its auth with nothing else', async (t, url) => {
  const receiver = await Receiver.start(t)
  const accepted = new Set([AUTH, 'Bearer renewed'])
  receiver.answer(({ headers }) => ({ status: accepted.has(headers.authorization ?? '') ? 200 : 401 }))
  const { call, snapshot } = await startTestApp(t, url, { kanalen: KANALEN })
  const body = {
    callbackUrl: receiver.url,
    auth: AUTH,
    kanalen: [{ naam: 'zaken', filters: {} }],
    sendCloudevents: true,
    cloudeventFilters: [{ typeSubstring: 'nl.', filters: { zaak_type: 'x' } }],
  }
  const abonnement = (await call('POST', 'abonnement', body)).json<Record<string, unknown>>()
  const path = `abonnement/${uuidOf(abonnement)}`
  t.match(abonnement['cloudeventFilters'], [{ typeSubstring: 'nl.', filters: { zaakType: 'x' } }])

  t.strictSame((await call('PATCH', path, { auth: 'Bearer renewed' })).json(), abonnement)
  t.equal(snapshot().abonnementen.get(uuidOf(abonnement))?.authSecret?.reveal(), 'Bearer renewed')

  accepted.delete(AUTH)
  receiver.requests.length = 0
  const changed = await call('PATCH', path, { kanalen: [{ naam: 'vrij' }] })
  t.strictSame(changed.json(), { ...abonnement, kanalen: [{ filters: {}, naam: 'vrij' }] })
  t.strictSame(
    receiver.requests.map(({ headers }) => headers.authorization),
    ['Bearer renewed'],
    'the stored auth is tried',
  )
  t.equal((await call('PATCH', path, { auth: 'Bearer wrong' })).statusCode, 400)
})

onEachDatabase(t, 'PUT replaces: kanalen left out are none, sendCloudevents stays', async (t, url) => {
  const receiver = await subscriber(t)
  const { call } = await startTestApp(t, url, { kanalen: KANALEN })
  const body = { callbackUrl: receiver.url, auth: AUTH, kanalen: [{ naam: 'zaken' }], sendCloudevents: true }
  const abonnement = (await call('POST', 'abonnement', body)).json<Record<string, unknown>>()
  const path = `abonnement/${uuidOf(abonnement)}`
  const replaced = await call('PUT', path, { callbackUrl: `${receiver.url}/new`, auth: AUTH })
  t.strictSame(replaced.json(), { ...abonnement, callbackUrl: `${receiver.url}/new`, kanalen: [] })
  t.match((await call('PUT', path, { auth: AUTH })).json(), {
    invalidParams: [{ name: 'callbackUrl', code: 'required' }],
  })
})

onEachDatabase(t, 'only the client that made an abonnement may change or delete it', async (t, url) => {
  const receiver = await subscriber(t)
  const { call, database } = await startTestApp(t, url, { kanalen: KANALEN })
  const body = { callbackUrl: receiver.url, auth: AUTH, kanalen: [{ naam: 'zaken' }] }
  const path = `abonnement/${uuidOf((await call('POST', 'abonnement', body, { as: 'zac' })).json())}`
  for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
    const response = await call(method, path, method === 'DELETE' ? undefined : {})
    t.equal(response.statusCode, 403, method)
    t.match(response.json(), { code: 'permission_denied' }, method)
  }
  await call('POST', 'notificaties', messageBody({ kenmerken: {} }))
  t.equal(await database.reader.delivery.count(), 1)
  const headers = { 'content-type': 'application/json' }
  const deleted = await call('DELETE', path, undefined, { as: 'zac', headers })
  t.equal(deleted.statusCode, 204)
  t.equal(deleted.body, '')
  t.equal((await call('DELETE', path, undefined, { as: 'zac' })).statusCode, 404)
  t.equal(await database.reader.delivery.count(), 0, 'what was to be delivered')
  t.match(await database.reader.deliveryDone.findMany(), [{ outcome: 'cancelled', attempts: 0 }])
  t.equal(await database.reader.secret.count({ where: { kind: 'abonnementen' } }), 0)
})

void t.test('a declared abonnement is read-only, and an identical write is 200', async (t) => {
  const id = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'
  const entry = { naam: 'zaken', filters: { zaaktype: 'x' }, acties: ['create'], resources: [] }
  const declared = { id, callbackUrl: 'http://127.0.0.1:1/', auth: AUTH, kanalen: [entry] }
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), {
    kanalen: KANALEN,
    abonnementen: [declared],
  })
  const same = {
    callbackUrl: declared.callbackUrl,
    auth: AUTH,
    kanalen: [{ naam: 'zaken', filters: { zaaktype: 'x', '#actie': 'create' } }],
  }
  t.equal((await call('PUT', `abonnement/${id}`, same)).statusCode, 200)
  t.equal((await call('PATCH', `abonnement/${id}`, { auth: AUTH })).statusCode, 200)
  for (const body of [
    { auth: 'other' },
    { kanalen: [] },
    { sendCloudevents: true },
    { callbackUrl: 'http://127.0.0.1:2/' },
  ]) {
    t.match((await call('PATCH', `abonnement/${id}`, body)).json(), { code: 'managed-by-configuration', status: 403 })
  }
  t.match((await call('DELETE', `abonnement/${id}`)).json(), { code: 'managed-by-configuration', status: 403 })
})

void t.test('what GZAC and OneGround do', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.answer(({ headers }) => ({ status: headers.authorization === undefined ? 403 : 204 }))
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  t.equal((await call('POST', 'kanaal', { naam: 'objecten', filters: [] })).statusCode, 201)
  t.equal(
    (
      await call('PUT', `kanaal/${uuidOf((await call('GET', 'kanaal')).json<unknown[]>()[0])}`, {
        naam: 'objecten',
        filters: ['actie'],
      })
    ).statusCode,
    200,
  )
  const gzac = {
    callbackUrl: `${receiver.url}/callback`,
    auth: 'cmF3IGtleQ==',
    kanalen: [{ naam: 'objecten', filters: { actie: 'create' } }],
  }
  t.equal((await call('POST', 'abonnement', gzac)).statusCode, 201)
  const twice = [
    { naam: 'objecten', filters: { '#actie': 'create' } },
    { naam: 'objecten', filters: { '#actie': 'destroy' } },
  ]
  t.match((await call('POST', 'abonnement', { ...gzac, kanalen: twice })).json(), { kanalen: twice })
  const long = { callbackUrl: `${receiver.url}/?q=${'x'.repeat(3_000)}`, auth: `Bearer ${'x'.repeat(5_000)}` }
  t.equal((await call('POST', 'abonnement', long)).statusCode, 201, 'longer than Open Notificaties takes')
})
