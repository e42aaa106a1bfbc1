// POST /cloudevents: what is taken in, how it is answered and what is refused. What subscribers get is in
// cloudevent-delivery.test.ts.
import t from 'tap'
import { startTestApp } from '../support/app.ts'
import { eventBody, EVERY_EVENT, STRUCTURED } from '../support/cloud-event.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'

const ABONNEMENT = {
  id: '00000000-0000-4000-8000-000000000001',
  callbackUrl: 'http://127.0.0.1:1/',
  cloudEvents: EVERY_EVENT,
}

onEachDatabase(t, 'an event is stored with its deliveries and answered with itself', async (t, url) => {
  const { call, database, logged, committed } = await startTestApp(t, url, { abonnementen: [ABONNEMENT] })
  const body = eventBody({ traceparent: '00-1-2-01', dataschema: 'urn:schema', datacontenttype: 'application/json' })
  const response = await call('POST', 'cloudevents', body, { headers: STRUCTURED })
  t.equal(response.statusCode, 201)
  t.equal(response.headers['content-type'], 'application/cloudevents+json')
  t.equal(response.headers['api-version'], '1.0.0')
  t.equal(response.headers.allow, 'POST, OPTIONS')
  t.notOk('location' in response.headers)
  const { id, source, specversion, type, subject, time, data } = body
  const echo = { source, dataschema: 'urn:schema', data, id, specversion, type }
  t.equal(response.body, JSON.stringify({ ...echo, datacontenttype: 'application/json', subject, time }))

  const [stored, ...others] = await database.reader.notificatie.findMany()
  t.match(stored, { kanaal: '', clientId: 'openzaak', format: 2 })
  t.strictSame(JSON.parse(stored?.body ?? ''), body, 'extension attributes are kept')
  t.strictSame(others, [])
  t.match(await database.reader.delivery.findMany(), [{ abonnementId: ABONNEMENT.id, notificatieId: stored?.id }])
  t.strictSame(committed, [ABONNEMENT.id])
  t.match(logged().at(-1), { route: '/api/v1/cloudevents', status: 201, notificatieId: stored?.id })
})

const REQUIRED = { id: 'a', source: 'b', specversion: '1.0', type: 'c' }
const BARE = { source: 'b', data: null, id: 'a', specversion: '1.0', type: 'c', time: null }

/** What is posted beside the four required members, what that changes in the answer and what is sent on. */
const taken: [what: string, members: Record<string, unknown>, echo: Record<string, unknown>, sent: object][] = [
  ['only what is required', {}, {}, {}],
  [
    'nulls that Maykin sends',
    { dataref: null, subject: null, datacontenttype: null, dataschema: null, time: null },
    {},
    {},
  ],
  ['data null', { data: null }, {}, { data: null }],
  ['data false', { data: false }, { data: false }, { data: false }],
  ['text that is JSON', { data: '{"a":1}' }, { data: { a: 1 } }, { data: '{"a":1}' }],
  ['text that is no JSON', { data: '<a/>' }, { data: '<a/>' }, { data: '<a/>' }],
  ['text that is very deep JSON', { data: '['.repeat(9_000) + ']'.repeat(9_000) }, { data: String }, { data: String }],
  ['text with a NUL', { data: 'a\0b' }, { data: 'a\0b' }, { data: 'a\0b' }],
  ['bytes', { data_base64: 'AP8=' }, {}, { data_base64: 'AP8=' }],
  ['no bytes', { data_base64: '' }, {}, { data_base64: '' }],
  ['bytes beside data null', { data: null, data_base64: 'AP8=' }, {}, { data_base64: 'AP8=' }],
  ['data beside bytes null', { data: 1, data_base64: null }, { data: 1 }, { data: 1 }],
  ['a blank subject', { subject: ' ' }, { subject: '' }, { subject: '' }],
  ['a number for text', { subject: 1.5 }, { subject: '1.5' }, { subject: '1.5' }],
  [
    'a time in the future, with an offset and microseconds',
    { time: '2999-01-01T12:00:00.123456+02:00' },
    { time: '2999-01-01T10:00:00.123456Z' },
    { time: '2999-01-01T10:00:00.123Z' },
  ],
  ['a time without a zone', { time: '2024-01-01T12:00:00' }, { time: '2024-01-01T12:00:00Z' }, { time: String }],
  [
    'extension attributes',
    { seq: 5, sampled: true, dataref: 'urn:x' },
    {},
    { seq: 5, sampled: true, dataref: 'urn:x' },
  ],
  [
    'what is no extension attribute',
    { intId: 1, 'ce-x': 'a', object: {}, list: [], half: 0.5, big: 2 ** 31, newline: 'a\nb', ['__proto__']: 'x' },
    {},
    {},
  ],
  ['a version of later', { specversion: '99.9-x' }, { specversion: '99.9-x' }, { specversion: '99.9-x' }],
  ['a long source', { source: 'x'.repeat(5_000) }, { source: /x{5000}/ }, { source: /x{5000}/ }],
]

void t.test('what an event may hold, and how it is answered and sent on', async (t) => {
  const { call, database } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  for (const [what, members, echo, sent] of taken) {
    const response = await call('POST', 'cloudevents', { ...REQUIRED, ...members }, { headers: STRUCTURED })
    t.equal(response.statusCode, 201, `${what}: ${response.body.slice(0, 300)}`)
    same(response.json(), { ...BARE, ...echo }, `${what}: answer`)
    const stored = await database.reader.notificatie.findFirst({ orderBy: { sequence: 'desc' } })
    same(JSON.parse(stored?.body ?? ''), { ...REQUIRED, ...sent }, `${what}: sent on`)
  }

  /** Matches, and has no member more. */
  function same(found: object, wanted: object, what: string): void {
    t.match(found, wanted, what)
    t.strictSame(Object.keys(found).toSorted(), Object.keys(wanted).toSorted(), `${what}, members`)
  }
})

type Refusal = [what: string, members: unknown, params: [name: string, code: string][]]
const refused: Refusal[] = [
  ['nothing', {}, ['id', 'source', 'specversion', 'type'].map((name) => [name, 'required'])],
  ['no body', '', ['id', 'source', 'specversion', 'type'].map((name) => [name, 'required'])],
  ['a list', [REQUIRED], [['nonFieldErrors', 'invalid']]],
  ['null', null, [['nonFieldErrors', 'null']]],
  [
    'blank',
    { ...REQUIRED, id: ' ', source: '' },
    [
      ['id', 'blank'],
      ['source', 'blank'],
    ],
  ],
  ['null where it is required', { ...REQUIRED, type: null }, [['type', 'null']]],
  [
    'too long',
    { ...REQUIRED, id: 'x'.repeat(256), type: 'x'.repeat(256), subject: 'x'.repeat(256) },
    [
      ['id', 'max_length'],
      ['type', 'max_length'],
      ['subject', 'max_length'],
    ],
  ],
  ['a version that is none', { ...REQUIRED, specversion: 'v1' }, [['specversion', 'invalid']]],
  ['a version of one number', { ...REQUIRED, specversion: '1' }, [['specversion', 'invalid']]],
  ['a time that is none', { ...REQUIRED, time: 'gisteren' }, [['time', 'invalid']]],
  ['a blank time', { ...REQUIRED, time: '' }, [['time', 'invalid']]],
  ['a subject that is no text', { ...REQUIRED, subject: {} }, [['subject', 'invalid']]],
  ['a NUL', { ...REQUIRED, source: 'a\0' }, [['source', 'null_characters_not_allowed']]],
  ['base64 that is none', { ...REQUIRED, data_base64: 'a' }, [['data_base64', 'invalid']]],
  ['both kinds of data', { ...REQUIRED, data: 1, data_base64: 'AP8=' }, [['data_base64', 'invalid']]],
  [
    'names in capitals',
    { ID: 'a', Source: 'b', specVersion: '1.0', type: 'c' },
    ['id', 'source', 'specversion'].map((name) => [name, 'required']),
  ],
]

void t.test('a ValidatieFout has the list under both names', async (t) => {
  const { call, database } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  for (const [what, members, params] of refused) {
    const response = await call('POST', 'cloudevents', members, { headers: STRUCTURED })
    t.equal(response.statusCode, 400, what)
    t.match(response.headers['content-type'], /^application\/problem\+json/)
    const document = response.json<Record<string, { name: string; code: string }[]>>()
    t.match(document, { code: 'invalid', title: 'Ongeldige invoerwaarde.' }, what)
    t.strictSame(
      document['invalidParams']?.map(({ name, code }) => [name, code]),
      params,
      what,
    )
    t.strictSame(document['invalid_params'], document['invalidParams'], what)
  }
  t.equal(await database.reader.notificatie.count(), 0)
})

onEachDatabase(t, 'the same event posted twice is delivered twice', async (t, url) => {
  const { call, database } = await startTestApp(t, url, { abonnementen: [ABONNEMENT] })
  for (const _ of [1, 2]) await call('POST', 'cloudevents', eventBody(), { headers: STRUCTURED })
  t.equal(await database.reader.delivery.count(), 2)
})

const protocol: {
  what: string
  method?: 'POST' | 'GET' | 'DELETE'
  headers?: Record<string, string>
  body?: string
  as?: string
  status: number
  detail?: RegExp
}[] = [
  { what: 'Accept of CloudEvents', headers: { accept: 'application/cloudevents+json' }, status: 201 },
  { what: 'Accept of JSON', headers: { accept: 'application/json' }, status: 201 },
  { what: 'Accept of problem+json', headers: { accept: 'application/problem+json' }, status: 201 },
  { what: 'Accept of any application', headers: { accept: 'application/*' }, status: 201 },
  { what: 'Accept of anything', headers: { accept: 'text/html, */*;q=0.1' }, status: 201 },
  { what: 'Accept of HTML', headers: { accept: 'text/html' }, status: 406 },
  { what: 'a charset', headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' }, status: 201 },
  { what: 'capitals', headers: { 'content-type': 'Application/CloudEvents+JSON' }, status: 201 },
  {
    what: 'JSON without ce- headers',
    headers: { 'content-type': 'application/json' },
    status: 415,
    detail: /^Ongeldige media type "application\/json" in aanvraag\. .*application\/cloudevents\+json of .*ce-headers/,
  },
  {
    what: 'a batch',
    headers: { 'content-type': 'application/cloudevents-batch+json', 'ce-id': 'x' },
    status: 415,
    detail: /een voor een/,
  },
  { what: 'another format', headers: { 'content-type': 'application/cloudevents+avro', 'ce-id': 'x' }, status: 415 },
  { what: 'text', headers: { 'content-type': 'text/plain' }, status: 415 },
  { what: 'an empty content type', headers: { 'content-type': '' }, status: 415 },
  { what: 'no JSON', body: '{', status: 400, detail: /^JSON parse error/ },
  { what: 'a byte order mark', body: `\uFEFF${JSON.stringify(eventBody())}`, status: 400, detail: /^JSON parse error/ },
  { what: 'a body of 1 MB and a bit', body: `"${'x'.repeat(1024 * 1024)}"`, status: 413 },
  { what: 'a client without the scope', as: 'zac', status: 403, detail: /notificaties\.publiceren/ },
  { what: 'a client that nobody knows', as: 'nobody', status: 403 },
  { what: 'reading', method: 'GET', status: 405 },
  {
    what: 'reading as CloudEvents',
    method: 'GET',
    headers: { accept: 'application/cloudevents+json' },
    status: 405,
    detail: /"GET"/,
  },
  { what: 'deleting', method: 'DELETE', status: 405 },
]

void t.test('requests of every shape get the answer that clients know', async (t) => {
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  for (const { what, method = 'POST', headers = {}, body, as, status, detail } of protocol) {
    const payload = method === 'POST' ? (body ?? eventBody()) : undefined
    const response = await call(method, 'cloudevents', payload, {
      ...(as === undefined ? {} : { as }),
      headers: { ...(method === 'POST' ? STRUCTURED : {}), ...headers },
    })
    t.equal(response.statusCode, status, `${what}: ${response.body.slice(0, 300)}`)
    if (status !== 413 && status !== 415) t.equal(response.headers.allow, 'POST, OPTIONS', what)
    if (status === 201) continue
    t.match(response.headers['content-type'], /^application\/problem\+json/, what)
    if (detail !== undefined) t.match(response.json(), { detail }, what)
  }
  t.equal((await call('POST', 'cloudevents/', eventBody(), { headers: STRUCTURED })).statusCode, 201, 'a slash')
  t.equal((await call('POST', 'cloudevents')).statusCode, 415, 'nothing at all')
  t.match((await call('GET', '/api/v1/')).json(), { cloudevents: 'http://localhost:80/api/v1/cloudevents' })
})
