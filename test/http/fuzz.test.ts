// Whatever arrives, the answer is one that the API knows: never 500, never something that is no problem
// document. `FUZZ_RUNS` raises the number of requests.
import * as fc from 'fast-check'
import t from 'tap'
import { startTestApp, TEST_SETTINGS } from '../support/app.ts'
import { eventBody } from '../support/cloud-event.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300)

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('zaken', '', '\0', '\uD800', 'http://x/y', '2024-01-01'),
)
const json = fc.jsonValue({ maxDepth: 4 })
const value = fc.oneof({ weight: 2, arbitrary: text }, { weight: 1, arbitrary: json })

/** A right body with some members replaced by anything. */
const almost = (right: Record<string, unknown>): fc.Arbitrary<unknown> =>
  fc
    .dictionary(fc.constantFrom(...Object.keys(right), '__proto__', 'constructor'), value, {
      maxKeys: 3,
      noNullPrototype: true,
    })
    .map((changes) => ({ ...right, ...changes }))

const bodies = fc.oneof(
  almost(messageBody()),
  almost(eventBody()),
  almost({ naam: 'x', filters: [], documentatieLink: '' }),
  almost({
    callbackUrl: 'http://x/',
    auth: 'a',
    kanalen: [{ naam: 'zaken', filters: {} }],
    sendCloudevents: true,
    cloudeventFilters: [],
  }),
  json,
)
const payload = fc.oneof(
  { weight: 4, arbitrary: bodies.map((body) => JSON.stringify(body)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)
const path = fc.oneof(
  fc.constantFrom(
    'notificaties',
    'cloudevents',
    'callbacks',
    'kanaal',
    'abonnement',
    'kanaal?naam=x',
    'abonnement?a=1&a=2',
  ),
  fc
    .constantFrom('kanaal/', 'abonnement/')
    .chain((prefix) => fc.oneof(fc.uuid(), fc.webPath()).map((id) => prefix + id)),
  fc.webPath().map((each) => each.slice(1)),
)
const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
})
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
  path,
  payload: fc.option(payload, { nil: undefined }),
  headers: fc.record(
    {
      'content-type': fc.oneof(
        { weight: 4, arbitrary: fc.constant('application/json') },
        { weight: 1, arbitrary: fc.oneof(fc.constant('application/cloudevents+json'), printable) },
      ),
      accept: fc.oneof({ weight: 4, arbitrary: fc.constant('application/json') }, { weight: 1, arbitrary: printable }),
      host: fc.oneof({ weight: 4, arbitrary: fc.constant('nrc:8000') }, { weight: 1, arbitrary: printable }),
      authorization: fc.oneof(
        printable,
        printable.map((token) => `Bearer ${token}`),
      ),
    },
    { requiredKeys: [] },
  ),
})

const KNOWN = new Set([200, 201, 204, 400, 403, 404, 405, 406, 413, 415])

void t.test('no request gives a 500', async (t) => {
  const settings = { ...TEST_SETTINGS, callbacks: { probe: 'off' as const } }
  const { app, authorization } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), {
    kanalen: { zaken: [] },
    settings,
  })
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, payload, headers }) => {
      const response = await app.inject({
        method: method as 'GET',
        url: `/api/v1/${path}`,
        headers: { authorization: authorization(), ...headers },
        ...(payload === undefined ? {} : { payload }),
      })
      const isProblem = response.headers['content-type']?.toString().startsWith('application/problem+json') === true
      if (!KNOWN.has(response.statusCode)) throw new Error(`${response.statusCode} ${response.body}`)
      if (response.statusCode >= 400 && !isProblem) throw new Error(`no problem document: ${response.body}`)
      return !/node_modules|\.ts:\d/.test(response.body)
    }),
    { numRuns: RUNS },
  )
})

void t.test('no CloudEvent gives a 500, in neither mode', async (t) => {
  const { app, authorization, database } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const attribute = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('1.0', '%31%2E%30', '"1.0"') }, printable)
  const binary = fc.record({
    payload: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
    headers: fc.record(
      {
        'content-type': fc.constantFrom('application/json', 'text/xml;charset=utf-16le', 'image/png'),
        'ce-id': attribute,
        'ce-source': attribute,
        'ce-specversion': attribute,
        'ce-type': attribute,
        'ce-time': attribute,
        'ce-x': attribute,
      },
      { requiredKeys: ['ce-id', 'ce-source', 'ce-specversion', 'ce-type'] },
    ),
  })
  const structured = fc.record({
    payload: almost(eventBody({ datacontenttype: 'text/xml', data_base64: null, traceparent: '00' })).map((body) =>
      Buffer.from(JSON.stringify(body)),
    ),
    headers: fc.constant({ 'content-type': 'application/cloudevents+json' }),
  })
  const statuses = new Set<number>()
  await fc.assert(
    fc.asyncProperty(fc.oneof(binary, structured), async ({ payload, headers }) => {
      const response = await app.inject({
        method: 'POST',
        url: '/api/v1/cloudevents',
        headers: { authorization: authorization(), ...headers },
        payload,
      })
      statuses.add(response.statusCode)
      return response.statusCode === 201 || response.statusCode === 400
    }),
    { numRuns: RUNS },
  )
  t.strictSame(statuses, new Set([201, 400]), 'some were taken in and some were not')
  for (const { body } of await database.reader.notificatie.findMany()) JSON.parse(body)
})

void t.test('no token gives a 500 or an entrance', async (t) => {
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const part = fc.oneof(
    fc.base64String(),
    json.map((each) => Buffer.from(JSON.stringify(each)).toString('base64url')),
  )
  const claims = fc.record(
    { client_id: fc.oneof(fc.constant('openzaak'), json), iat: json, exp: json },
    { requiredKeys: [] },
  )
  const header = fc.record(
    { alg: fc.oneof(fc.constantFrom('HS256', 'none', 'RS256'), json), crit: json, b64: json },
    { requiredKeys: [] },
  )
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = fc.oneof(
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
    fc
      .tuple(header, claims, part)
      .map(([header, claims, signature]) => `${encode(header)}.${encode(claims)}.${signature}`),
  )
  await fc.assert(
    fc.asyncProperty(token, async (token) => {
      const response = await app.inject({ url: '/api/v1/kanaal', headers: { authorization: `Bearer ${token}` } })
      return response.statusCode === 403
    }),
    { numRuns: RUNS },
  )
})
