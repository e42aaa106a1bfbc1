// Longer than most: one table of requests, a line of it per rule of the protocol.
// What holds for every resource: headers, methods, media types, paths, documents of errors.
import t from 'tap'
import { startTestApp, type CallOptions, type TestApp } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import type { InjectOptions } from 'fastify'

type Case = {
  what: string
  method: InjectOptions['method']
  url: string
  body?: string | Buffer
  options?: CallOptions
  status: number
  code?: string
  detail?: RegExp
  allow?: string
}

/** So many kenmerken. */
function numbered(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`kenmerk${index}`, 'x']))
}

const JSON_TYPE = { 'content-type': 'application/json' }
const message = JSON.stringify(messageBody())

const cases: Case[] = [
  { what: 'an unknown path', method: 'GET', url: 'nergens', status: 404, code: 'not_found' },
  { what: 'an unknown path outside the API', method: 'GET', url: '/nergens', status: 404, code: 'not_found' },
  {
    what: 'another version',
    method: 'GET',
    url: '/api/v2/kanaal',
    status: 404,
    code: 'not_found',
    detail: /versie in URL-pad/,
  },
  { what: 'a path that is no URL', method: 'GET', url: '/api/v1/kanaal/%E0%A4%A', status: 404, code: 'not_found' },
  { what: 'a very long path', method: 'GET', url: `kanaal/${'a'.repeat(500)}`, status: 404, code: 'not_found' },
  { what: 'an id that is no uuid', method: 'GET', url: 'kanaal/abc', status: 404, code: 'not_found' },
  {
    what: 'an unknown uuid',
    method: 'GET',
    url: 'abonnement/00000000-0000-4000-8000-00000000000f',
    status: 404,
    code: 'not_found',
  },
  {
    what: 'a method that a list has not',
    method: 'DELETE',
    url: 'kanaal',
    status: 405,
    code: 'method_not_allowed',
    detail: /"DELETE"/,
    allow: 'GET, HEAD, POST, OPTIONS',
  },
  {
    what: 'deleting a kanaal',
    method: 'DELETE',
    url: 'kanaal/00000000-0000-4000-8000-00000000000f',
    status: 405,
    allow: 'GET, HEAD, PUT, PATCH, OPTIONS',
  },
  { what: 'getting notificaties', method: 'GET', url: 'notificaties', status: 405, allow: 'POST, OPTIONS' },
  {
    what: 'a body of text',
    method: 'POST',
    url: 'notificaties',
    body: message,
    options: { headers: { 'content-type': 'text/plain' } },
    status: 415,
    code: 'unsupported_media_type',
    detail: /"text\/plain"/,
  },
  {
    what: 'ld+json',
    method: 'POST',
    url: 'notificaties',
    body: message,
    options: { headers: { 'content-type': 'application/ld+json' } },
    status: 415,
  },
  {
    what: 'no media type',
    method: 'POST',
    url: 'notificaties',
    body: message,
    options: { headers: { 'content-type': '' } },
    status: 415,
  },
  {
    what: 'JSON that breaks',
    method: 'POST',
    url: 'notificaties',
    body: '{"a": geheim}',
    options: { headers: JSON_TYPE },
    status: 400,
    code: 'parse_error',
    detail: /^JSON parse error - de body is geen geldige JSON\.$/,
  },
  {
    what: 'a byte order mark',
    method: 'POST',
    url: 'notificaties',
    body: `\uFEFF${message}`,
    options: { headers: JSON_TYPE },
    status: 400,
    code: 'parse_error',
  },
  {
    what: 'bytes that are no UTF-8',
    method: 'POST',
    url: 'notificaties',
    body: Buffer.from([0x22, 0xff, 0x22]),
    options: { headers: JSON_TYPE },
    status: 400,
    code: 'parse_error',
  },
  {
    what: 'an empty body',
    method: 'POST',
    url: 'notificaties',
    body: '',
    options: { headers: JSON_TYPE },
    status: 400,
    code: 'invalid',
  },
  { what: 'no body at all', method: 'POST', url: 'abonnement', status: 400, code: 'invalid' },
  {
    what: 'a body of 1 MB and a bit',
    method: 'POST',
    url: 'notificaties',
    body: `"${'x'.repeat(1024 * 1024)}"`,
    options: { headers: JSON_TYPE },
    status: 413,
    code: 'request_entity_too_large',
  },
  {
    what: 'charset utf-8',
    method: 'POST',
    url: 'notificaties',
    body: message,
    options: { headers: { 'content-type': 'application/json; charset=UTF-8' } },
    status: 201,
  },
  {
    what: 'a charset that does not exist',
    method: 'POST',
    url: 'notificaties',
    body: message,
    options: { headers: { 'content-type': 'application/json; charset=zweeds' } },
    status: 201,
  },
  {
    what: 'a deep nesting',
    method: 'POST',
    url: 'notificaties',
    body: `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    options: { headers: JSON_TYPE },
    status: 400,
    code: 'parse_error',
    detail: /100 niveaus/,
  },
  {
    what: 'a CloudEvent with deep data',
    method: 'POST',
    url: 'cloudevents',
    body: `{"id":"a","source":"b","specversion":"1.0","type":"c","data":${'['.repeat(9_000)}${']'.repeat(9_000)}}`,
    options: { headers: { 'content-type': 'application/cloudevents+json' } },
    status: 400,
    code: 'parse_error',
    detail: /100 niveaus/,
  },
  {
    what: 'Accept of HTML',
    method: 'GET',
    url: 'kanaal',
    options: { headers: { accept: 'text/html' } },
    status: 406,
    code: 'not_acceptable',
  },
  {
    what: 'Accept of problem+json',
    method: 'GET',
    url: 'kanaal',
    options: { headers: { accept: 'application/problem+json' } },
    status: 200,
  },
  {
    what: 'Accept of anything after HTML',
    method: 'GET',
    url: 'kanaal',
    options: { headers: { accept: 'text/html, */*;q=0.1' } },
    status: 200,
  },
  {
    what: 'Accept of any application',
    method: 'GET',
    url: 'kanaal',
    options: { headers: { accept: 'Application/*' } },
    status: 200,
  },
  { what: 'a slash at the end', method: 'GET', url: 'kanaal/', status: 200, allow: 'GET, HEAD, POST, OPTIONS' },
  {
    what: 'brackets in a text',
    method: 'POST',
    url: 'notificaties',
    body: JSON.stringify(messageBody({ actie: '[\\"{'.repeat(20) })),
    options: { headers: JSON_TYPE },
    status: 201,
  },
  {
    what: 'a hundred kenmerken, and one more',
    method: 'POST',
    url: 'notificaties',
    body: JSON.stringify(messageBody({ kenmerken: numbered(101) })),
    options: { headers: JSON_TYPE },
    status: 400,
    code: 'invalid',
  },
  {
    what: 'a hundred kenmerken',
    method: 'POST',
    url: 'notificaties',
    body: JSON.stringify(messageBody({ kenmerken: numbered(100) })),
    options: { headers: JSON_TYPE },
    status: 201,
  },
  {
    what: 'a compressed body',
    method: 'POST',
    url: 'notificaties',
    body: message,
    options: { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } },
    status: 415,
    code: 'unsupported_media_type',
    detail: /"gzip"/,
  },
  {
    what: 'a method of WebDAV',
    method: 'PROPFIND',
    url: 'kanaal',
    status: 405,
    code: 'method_not_allowed',
    allow: 'GET, HEAD, POST, OPTIONS',
  },
  { what: 'OPTIONS', method: 'OPTIONS', url: 'abonnement', status: 204, allow: 'GET, HEAD, POST, OPTIONS' },
  {
    what: 'a DELETE with a body that nobody reads',
    method: 'DELETE',
    url: 'abonnement/00000000-0000-4000-8000-00000000000f',
    body: 'niets',
    options: { headers: { 'content-type': 'text/plain' } },
    status: 404,
  },
  { what: 'the root without a slash', method: 'GET', url: '/api/v1', status: 200 },
  { what: 'HEAD', method: 'HEAD', url: 'kanaal', status: 200 },
  {
    what: 'GET with a content type and no body',
    method: 'GET',
    url: 'kanaal',
    options: { headers: JSON_TYPE },
    status: 200,
  },
  { what: 'a known query parameter', method: 'GET', url: 'kanaal?naam=zaken', status: 200 },
  { what: 'an unknown query parameter', method: 'GET', url: 'kanaal?page=1', status: 400, code: 'invalid' },
  {
    what: 'an unknown query parameter on an object',
    method: 'GET',
    url: 'abonnement/00000000-0000-4000-8000-00000000000f?x=1',
    status: 400,
    code: 'invalid',
  },
  {
    what: 'a query parameter on a write',
    method: 'POST',
    url: 'notificaties?x=1',
    body: message,
    options: { headers: JSON_TYPE },
    status: 201,
  },
]

void t.test('requests of every shape get the answer that clients know', async (t) => {
  const testApp = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: { zaken: [] } })
  for (const each of cases) await check(testApp, each)

  async function check({ app, authorization }: TestApp, each: Case): Promise<void> {
    const { what, method = 'GET', url, body, options, status, code, detail, allow } = each
    const response = await app.inject({
      method,
      url: url.startsWith('/') ? url : `/api/v1/${url}`,
      headers: { authorization: authorization(), ...options?.headers },
      ...(body === undefined ? {} : { payload: body }),
    })
    t.equal(response.statusCode, status, `${what}: ${response.body.slice(0, 300)}`)
    if (allow !== undefined) t.equal(response.headers.allow, allow, `${what}: Allow`)
    if (url !== '/nergens') t.equal(response.headers['api-version'], '1.0.0', `${what}: API-version`)
    if (status < 400) return
    const document = response.json<Record<string, unknown>>()
    t.match(
      document,
      { status, detail: String, title: String, type: /\/ref\/fouten\/\w+\/$/, instance: /^urn:uuid:/ },
      what,
    )
    if (code !== undefined) t.equal(document['code'], code, `${what}: code`)
    if (detail !== undefined) t.match(document['detail'], detail, `${what}: detail`)
    t.notMatch(response.body, /geheim|node_modules/, `${what}: gives nothing away`)
  }
})

void t.test('alive is not ready: before a configuration nobody can call', async (t) => {
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  t.match((await app.inject('/healthz')).json(), { status: 'ok' })
  t.equal((await app.inject('/readyz')).statusCode, 200)
})

void t.test('a route that does not say who may use it cannot be built', async (t) => {
  const { fastify } = await import('fastify')
  const { authorization } = await import('../../src/http/plugins/authorization.ts')
  const { fastifyPlugin } = await import('fastify-plugin')
  const app = fastify()
  for (const name of ['authentication', 'problems']) {
    await app.register(fastifyPlugin(async () => {}, { name }))
  }
  await app.register(authorization, {
    authorizer: { scopesOf: async () => t.fail('not asked'), refresh: async () => {} } as never,
  })
  t.throws(() => app.get('/open', async () => 'oops'), { message: /does not say who may use it/ })
})
