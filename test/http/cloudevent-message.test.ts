import * as fc from 'fast-check'
import t from 'tap'
import { Problem } from '../../src/common/problem.ts'
import { eventMembers } from '../../src/http/cloudevent-message.ts'
import { startTestApp } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'

const ATTRIBUTES = { 'ce-id': 'a', 'ce-source': 'b', 'ce-specversion': '1.0', 'ce-type': 'c' }
const MEMBERS = { id: 'a', source: 'b', specversion: '1.0', type: 'c' }

const utf8 = (text: string): string => Buffer.from(text).toString('latin1')

const headers: [what: string, value: string, member: string][] = [
  ['plain', 'x', 'x'],
  ['codes, as the specification has them', 'Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
  ['codes in small letters', '%e2%82%ac', '€'],
  ['codes that were not needed', '%61', 'a'],
  ['one round only', '%2541', '%41'],
  ['a percent sign that is no code', '100% x %zz', '100% x %zz'],
  ['quotes', '"a b"', 'a b'],
  ['quotes with an escape in them', String.raw`"a \"b\" \\ %20c"`, String.raw`a "b" \  c`],
  ['a quote alone', '"', '"'],
  ['UTF-8 as it is', utf8('café'), 'café'],
]

void t.test('a header value is unquoted and decoded once', async (t) => {
  for (const [what, value, member] of headers) {
    t.strictSame(eventMembers({ 'ce-subject': value }), { subject: member }, what)
  }
})

void t.test('every text survives percent-encoding', async () => {
  const anyText = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(anyText, (text) => {
      const encoded = encodeURIComponent(text)
      return JSON.stringify(eventMembers({ 'ce-subject': encoded })) === JSON.stringify({ subject: text })
    }),
  )
})

void t.test('codes that are no UTF-8 are refused by name', async (t) => {
  for (const value of ['%C0%A0', '%ff', utf8('é').slice(0, 1)]) {
    try {
      eventMembers({ ...ATTRIBUTES, 'ce-source': value })
      t.fail(value)
    } catch (error) {
      t.ok(error instanceof Problem)
      t.match(error, { kind: 'invalid', details: { invalidParams: [{ name: 'source', code: 'invalid' }] } })
    }
  }
})

const bodies: [what: string, contentType: string | undefined, body: string | Buffer, members: object][] = [
  ['JSON', 'application/json', '{"a":[1]}', { data: { a: [1] } }],
  ['JSON with a charset', 'application/json; charset=iso-8859-1', Buffer.from([0x22, 0xe9, 0x22]), { data: 'é' }],
  ['JSON by another name', 'application/geo+json', '5', { data: 5 }],
  ['JSON null', 'text/json', 'null', { data: null }],
  ['text', 'text/plain', 'é', { data: 'é' }],
  ['XML', 'application/xml', '<a/>', { data: '<a/>' }],
  ['XML by another name', 'application/soap+xml; charset=utf-8', '<a/>', { data: '<a/>' }],
  ['text that does not decode', 'text/plain', Buffer.from([0xff]), { data_base64: '/w==' }],
  ['bytes', 'application/octet-stream', Buffer.from([0, 255]), { data_base64: 'AP8=' }],
  ['bytes of which nothing is said', undefined, 'abc', { data_base64: 'YWJj' }],
  ['no body', undefined, '', {}],
  ['no body, of a type', 'application/json', '', {}],
]

void t.test('in binary mode the body is the data, in the form that its type asks for', async (t) => {
  for (const [what, contentType, body, members] of bodies) {
    const type = contentType === undefined ? {} : { 'content-type': contentType }
    const own = contentType === undefined ? {} : { datacontenttype: contentType }
    t.strictSame(eventMembers({ ...ATTRIBUTES, ...type }, Buffer.from(body)), { ...MEMBERS, ...own, ...members }, what)
  }
  const broken = (): unknown => eventMembers({ ...ATTRIBUTES, 'content-type': 'application/json' }, Buffer.from('{'))
  t.throws(broken, { name: 'Problem', message: /^JSON parse error/ })
})

void t.test('headers that are no attributes say nothing', async (t) => {
  const more = { 'ce-data': 'x', 'ce-data_base64': 'x', 'ce-datacontenttype': 'x', 'ce-': 'x', 'xce-a': 'x' }
  t.strictSame(eventMembers({ ...ATTRIBUTES, ...more }), MEMBERS)
  const both = { ...ATTRIBUTES, 'content-type': 'application/cloudevents+json' }
  t.strictSame(eventMembers(both, Buffer.from('{"id":"of the body"}')), { id: 'of the body' }, 'structured mode wins')
})

void t.test('an event in binary mode is taken in over HTTP, with a body and without', async (t) => {
  const { app, authorization, database } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const post = (headers: Record<string, string>, payload?: string | Buffer) =>
    app.inject({
      method: 'POST',
      url: '/api/v1/cloudevents',
      headers: { authorization: authorization(), ...ATTRIBUTES, ...headers },
      ...(payload === undefined ? {} : { payload }),
    })
  const bare = { ...MEMBERS, data: null, time: null }
  const answers: [Awaited<ReturnType<typeof post>>, object][] = [
    [await post({}), bare],
    [await post({ 'content-type': 'application/json' }, ''), { ...bare, datacontenttype: 'application/json' }],
    [
      await post({ 'content-type': 'application/json', 'ce-subject': 'caf%C3%A9', 'ce-time': '2024-01-01' }, '{"a":1}'),
      {
        ...bare,
        data: { a: 1 },
        datacontenttype: 'application/json',
        subject: 'café',
        time: '2024-01-01T00:00:00Z',
      },
    ],
    [await post({ 'ce-traceparent': '00-1', 'ce-my-own': 'x' }, Buffer.from([0, 255])), bare],
  ]
  for (const [response, answer] of answers) {
    t.equal(response.statusCode, 201, response.body)
    t.strictSame(response.json(), answer)
  }
  const stored = await database.reader.notificatie.findFirst({ orderBy: { sequence: 'desc' } })
  t.strictSame(JSON.parse(stored?.body ?? ''), { ...MEMBERS, traceparent: '00-1', data_base64: 'AP8=' })
  t.equal((await post({ 'ce-id': '%FF' })).statusCode, 400)
  t.match((await post({ 'ce-specversion': '%FF' })).json(), { invalid_params: [{ name: 'specversion' }] })
})
