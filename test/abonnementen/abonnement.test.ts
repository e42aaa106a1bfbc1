// Longer than most: two tables (what is refused, what is taken) and one story per rule, over the same subscriber.
import t, { type Test } from 'tap'
import { startTestApp } from '../support/app.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { Receiver } from '../support/receiver.ts'
import { startSubscriber } from '../support/subscriber.ts'

const AUTH = 'Bearer key-of-the-subscriber'
const KANALEN = { zaken: ['bronorganisatie', 'zaaktype'], objecten: ['object_type'], vrij: [] }

const subscriber = (t: Test): Promise<Receiver> => startSubscriber(t, AUTH)

const uuidOf = (abonnement: unknown): string => (abonnement as { url: string }).url.split('/').at(-1) ?? ''

onEachDatabase(
  t,
  'filters on actie and resource are kept beside the others, and the auth is sealed',
  async (t, url) => {
    const receiver = await subscriber(t)
    const { call, database } = await startTestApp(t, url, { kanalen: KANALEN })
    const kanalen = [
      { filters: { bronorganisatie: '1' }, naam: 'zaken' },
      { filters: { '#actie': 'create,update', '#resource': 'status' }, naam: 'zaken' },
      { filters: { object_type: 'x' }, naam: 'objecten' },
    ]
    const created = await call('POST', 'abonnement', { callbackUrl: receiver.url, auth: AUTH, kanalen })
    t.equal(created.statusCode, 201, created.body)
    const abonnement = created.json<Record<string, unknown>>()
    const shown = [kanalen[0], kanalen[1], { filters: { objectType: 'x' }, naam: 'objecten' }]
    t.strictSame(abonnement['kanalen'], shown, 'the same kanaal twice stays twice')
    t.strictSame((await call('GET', `abonnement/${uuidOf(abonnement)}`)).json(), abonnement)
    const [secret] = await database.reader.secret.findMany({ where: { objectId: uuidOf(abonnement) } })
    t.match(secret, { field: 'auth.value', slot: 'current', reference: null })
    t.notMatch(secret?.ciphertext, /subscriber/)
  },
)

type Params = [name: string, code: string][]
const LONG_KEY = 'k'.repeat(101)
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
  ['auth a boolean', { auth: true }, [['auth', 'invalid']]],
  ['auth with NUL', { auth: 'a\0' }, [['auth', 'null_characters_not_allowed']]],
  ['auth that cannot be a header', { auth: 'a\nb' }, [['auth', 'invalid']]],
  ['a callback that is no URL', { callbackUrl: 'x' }, [['callbackUrl', 'invalid']]],
  ['a callback that is null', { callbackUrl: null }, [['callbackUrl', 'null']]],
  ['a callback that is blank', { callbackUrl: ' ' }, [['callbackUrl', 'blank']]],
  ['a callback that is a list', { callbackUrl: ['http://a.nl/'] }, [['callbackUrl', 'invalid']]],
  ['a callback over ftp', { callbackUrl: 'ftp://a.nl/' }, [['callbackUrl', 'invalid']]],
  ['a callback with user info', { callbackUrl: 'http://a:b@c.nl/' }, [['callbackUrl', 'invalid']]],
  ['kanalen null', { kanalen: null }, [['kanalen', 'null']]],
  ['kanalen an object', { kanalen: {} }, [['kanalen.nonFieldErrors', 'not_a_list']]],
  ['an entry that is text', { kanalen: ['zaken'] }, [['kanalen.0.nonFieldErrors', 'invalid']]],
  ['an entry without naam', { kanalen: [{}] }, [['kanalen.0.naam', 'required']]],
  ['an entry with naam null', { kanalen: [{ naam: null }] }, [['kanalen.0.naam', 'null']]],
  ['the second entry', { kanalen: [{ naam: 'zaken' }, { naam: '' }] }, [['kanalen.1.naam', 'blank']]],
  ['filters null', { kanalen: [{ naam: 'zaken', filters: null }] }, [['kanalen.0.filters', 'null']]],
  ['filters a list', { kanalen: [{ naam: 'zaken', filters: [] }] }, [['kanalen.0.filters', 'not_a_dict']]],
  ['a null value', { kanalen: [{ naam: 'zaken', filters: { a: null } }] }, [['kanalen.0.filters.a', 'null']]],
  ['an object value', { kanalen: [{ naam: 'zaken', filters: { a: {} } }] }, [['kanalen.0.filters.a', 'invalid']]],
  [
    'a long value',
    { kanalen: [{ naam: 'zaken', filters: { a: 'x'.repeat(1001) } }] },
    [['kanalen.0.filters.a', 'max_length']],
  ],
  ['a boolean value', { kanalen: [{ naam: 'zaken', filters: { a: true } }] }, [['kanalen.0.filters.a', 'invalid']]],
  [
    'a long key',
    { kanalen: [{ naam: 'zaken', filters: { [LONG_KEY]: 'x' } }] },
    [[`kanalen.0.filters.${LONG_KEY}`, 'max_length']],
  ],
  ['sendCloudevents null', { sendCloudevents: null }, [['sendCloudevents', 'null']]],
  ['sendCloudevents a word', { sendCloudevents: 'misschien' }, [['sendCloudevents', 'invalid']]],
  [
    'a blank typeSubstring',
    { cloudeventFilters: [{ typeSubstring: '' }] },
    [['cloudeventFilters.0.typeSubstring', 'blank']],
  ],
  ['a typeSubstring left out', { cloudeventFilters: [{}] }, [['cloudeventFilters.0.typeSubstring', 'required']]],
  [
    'a long typeSubstring',
    { cloudeventFilters: [{ typeSubstring: 'x'.repeat(256) }] },
    [['cloudeventFilters.0.typeSubstring', 'max_length']],
  ],
  ['cloudeventFilters null', { cloudeventFilters: null }, [['cloudeventFilters', 'null']]],
  ['cloudeventFilters text', { cloudeventFilters: 'x' }, [['cloudeventFilters.nonFieldErrors', 'not_a_list']]],
  [
    'filters of a CloudEvent null',
    { cloudeventFilters: [{ typeSubstring: 'x', filters: null }] },
    [['cloudeventFilters.0.filters', 'null']],
  ],
  ['a list', [], [['nonFieldErrors', 'invalid']]],
  ['an unknown kanaal', { kanalen: [{ naam: 'nergens' }] }, [['naam', 'kanaal_naam']]],
  [
    'filters that do not fit, and of two faults the first',
    { kanalen: [{ naam: 'zaken', filters: { bronorganisatie: '', foo: '' } }, { naam: 'nergens' }] },
    [['filters', 'inconsistent-abonnement-filters']],
  ],
]

void t.test('each fault of an abonnement has the name and code that clients know', async (t) => {
  const receiver = await subscriber(t)
  const { call, database } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: KANALEN })
  for (const [what, changes, expected] of faults) {
    const body = Array.isArray(changes) ? changes : { callbackUrl: receiver.url, auth: AUTH, ...changes }
    const response = await call('POST', 'abonnement', body)
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

const accepted: [what: string, changes: object, expected: object][] = [
  ['nothing but the callback', {}, { kanalen: [], sendCloudevents: false, cloudeventFilters: [] }],
  ['an empty auth', { auth: '' }, {}],
  ['an auth that is a number', { auth: 12 }, {}],
  ['an empty value', { kanalen: [{ naam: 'vrij', filters: { a: '' } }] }, { kanalen: [{ filters: { a: '' } }] }],
  ['a number', { kanalen: [{ naam: 'vrij', filters: { a: 12 } }] }, { kanalen: [{ filters: { a: '12' } }] }],
  [
    'two keys that are one: the last wins',
    { kanalen: [{ naam: 'vrij', filters: { a_bc: '1', aBc: '2' } }] },
    { kanalen: [{ filters: { aBc: '2' } }] },
  ],
  ['fewer filters than the kanaal has', { kanalen: [{ naam: 'zaken', filters: { zaaktype: 'x' } }] }, {}],
  [
    'more filters than the kanaal has',
    { kanalen: [{ naam: 'zaken', filters: { zaaktype: 'x', bronorganisatie: '', foo: '' } }] },
    {},
  ],
  ['the other spelling of the kanaal', { kanalen: [{ naam: 'objecten', filters: { objectType: 'x', foo: '' } }] }, {}],
  ...['true', 'True', 'yes', 'on', 't', 'Y', '1', 1].map((word): [string, object, object] => [
    `sendCloudevents ${JSON.stringify(word)}`,
    { sendCloudevents: word },
    { sendCloudevents: true },
  ]),
  ...['false', 'No', 'off', 'f', 'N', '0', 0].map((word): [string, object, object] => [
    `sendCloudevents ${JSON.stringify(word)}`,
    { sendCloudevents: word },
    { sendCloudevents: false },
  ]),
]

void t.test('what Open Notificaties takes for an abonnement is taken', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.answer(({ headers }) => ({ status: headers.authorization === undefined ? 401 : 204 }))
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: KANALEN })
  for (const [what, changes, expected] of accepted) {
    const response = await call('POST', 'abonnement', { callbackUrl: receiver.url, auth: AUTH, ...changes })
    t.equal(response.statusCode, 201, `${what}: ${response.body}`)
    t.match(response.json(), expected, what)
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
