// Where absolute urls come from (Open Notificaties' test_x_forwarded_host.py and test_view_config.py), and what holds for
// every route, which its suite does not look at.
import type { InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import type { Settings } from '../../src/common/model.ts'
import { startTestApp } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'

/** The `kanaal` of the API's root, asked for with these headers. */
async function rootOf(
  t: Test,
  settings: Partial<Settings>,
): Promise<(headers: Record<string, string>) => Promise<string>> {
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { settings })
  return async (headers) => (await app.inject({ url: '/api/v1/', headers })).json<{ kanaal: string }>().kanaal
}

const FORWARDED = { host: 'a:8000', 'x-forwarded-host': 'nrc.gemeente.nl', 'x-forwarded-proto': 'https' }

void t.test('test_default_disabled: whoever is not a trusted proxy does not say what the host is', async (t) => {
  const root = await rootOf(t, {})
  t.equal(await root({ host: 'notificaties:8000' }), 'http://notificaties:8000/api/v1/kanaal')
  t.equal(await root(FORWARDED), 'http://a:8000/api/v1/kanaal')
})

void t.test('test_enabled: behind a trusted proxy the host and scheme are what it says', async (t) => {
  const root = await rootOf(t, { http: { trustProxy: ['127.0.0.1/32'] } })
  t.equal(await root(FORWARDED), 'https://nrc.gemeente.nl/api/v1/kanaal')
  t.equal(await root({ host: 'a' }), 'http://a/api/v1/kanaal')
})

void t.test('test_get_domain: publicUrl is the root of all urls when it is set, else the request is', async (t) => {
  const settings = { publicUrl: 'https://x.nl/nrc/', http: { trustProxy: ['127.0.0.1/32'] } }
  const root = await rootOf(t, settings)
  t.equal(await root(FORWARDED), 'https://x.nl/nrc/api/v1/kanaal')
  const { app, authorization } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { settings })
  const headers = { authorization: authorization() }
  const made = await app.inject({ method: 'POST', url: '/api/v1/kanaal', payload: { naam: 'x' }, headers })
  t.match(made.headers.location, /^https:\/\/x\.nl\/nrc\/api\/v1\/kanaal\/[0-9a-f-]{36}$/)
  const refused = await app.inject({ method: 'POST', url: '/api/v1/kanaal', payload: {}, headers })
  t.match(refused.json(), { type: 'https://x.nl/nrc/ref/fouten/ValidationError/' })
})

type Method = NonNullable<InjectOptions['method']>
const ALL: Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const ONE = '00000000-0000-4000-8000-00000000000f'
const routes: [path: string, methods: Method[]][] = [
  ['kanaal', ['GET', 'HEAD', 'POST']],
  [`kanaal/${ONE}`, ['GET', 'HEAD', 'PUT', 'PATCH']],
  ['abonnement', ['GET', 'HEAD', 'POST']],
  [`abonnement/${ONE}`, ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']],
  ['notificaties', ['POST']],
  ['callbacks', ['POST']],
]

void t.test('every route: other methods are 405, other media types 415, and what is not JSON is 406', async (t) => {
  const { app, call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  for (const [path, methods] of routes) {
    for (const slash of ['', '/']) {
      for (const method of ALL.filter((each) => each !== 'OPTIONS' && !methods.includes(each))) {
        const { statusCode, headers } = await app.inject({ method, url: `/api/v1/${path}${slash}` })
        t.strictSame(
          [statusCode, headers.allow],
          [405, [...methods, 'OPTIONS'].join(', ')],
          `${method} ${path}${slash}`,
        )
      }
    }
    for (const method of methods) {
      const what = `${method} ${path}`
      const writes = ['POST', 'PUT', 'PATCH'].includes(method)
      const headers: Record<string, string> = writes ? { 'content-type': 'application/json' } : {}
      const accept = { headers: { ...headers, accept: 'text/html' } }
      t.equal((await call(method, path, undefined, accept)).statusCode, 406, what)
      t.equal((await app.inject({ method, url: `/api/v1/${path}`, headers })).statusCode, 403, `${what}: no token`)
      if (!writes) continue
      for (const type of ['text/plain', 'application/ld+json', 'application/merge-patch+json', 'multipart/form-data']) {
        const refused = await call(method, path, '{}', { headers: { 'content-type': type } })
        t.equal(refused.statusCode, 415, `${what} with ${type}`)
      }
    }
  }
})

void t.test('what is JSON is called JSON, a refusal problem+json, and nothing may keep an answer', async (t) => {
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: { zaken: [] } })
  for (const [path, type] of [
    ['kanaal', /^application\/json/],
    ['abonnement', /^application\/json/],
    [`kanaal/${ONE}`, /^application\/problem\+json/],
    ['kanaal?page=1', /^application\/problem\+json/],
  ] as const) {
    const { headers } = await call('GET', path)
    t.match(headers['content-type'], type, path)
    t.notOk('etag' in headers, path)
    t.equal(headers['cache-control'], 'no-store', path)
  }
})

void t.test('a path has its uuid in any spelling, and nothing else', async (t) => {
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: { zaken: [] } })
  const [kanaal] = (await call('GET', 'kanaal')).json<{ url: string }[]>()
  const uuid = kanaal?.url.split('/').at(-1) ?? ''
  for (const spelling of [uuid, uuid.toUpperCase(), uuid.replaceAll('-', ''), `${uuid}/`]) {
    t.strictSame((await call('GET', `kanaal/${spelling}`)).json(), kanaal, spelling)
  }
  for (const other of ['abc', `{${uuid}}`, `urn:uuid:${uuid}`, `${uuid}x`, ONE]) {
    t.equal((await call('GET', `kanaal/${other}`)).statusCode, 404, other)
  }
})

const queries: [path: string, status: number][] = [
  ['kanaal?naam=zaken', 200],
  ['kanaal?page=1', 400],
  ['kanaal?pageSize=1', 400],
  ['kanaal?ordering=naam', 400],
  ['abonnement?naam=zaken', 400],
  [`abonnement/${ONE}?x=1`, 400],
  [`kanaal/${ONE}?x=1`, 400],
]

void t.test('lists are bare arrays; of a query they take what they know, and name what they do not', async (t) => {
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: { zaken: [] } })
  for (const [path, status] of queries) {
    const answer = await call('GET', path)
    t.equal(answer.statusCode, status, path)
    if (status === 400) {
      t.match(answer.json(), { invalidParams: [{ name: 'nonFieldErrors', code: 'unknown-parameters' }] }, path)
    }
  }
  t.ok(Array.isArray((await call('GET', 'abonnement')).json()))
  t.match((await call('GET', 'kanaal?foo=1&bar=2')).json(), {
    invalidParams: [{ reason: 'Onbekende query parameters: foo, bar' }],
  })
  t.equal((await call('POST', 'kanaal?x=1', { naam: 'x' })).statusCode, 201, 'a write does not look at them')
})
