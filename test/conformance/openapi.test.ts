// The document that we serve, held against the standard's and Open Notificaties' own: a client that was made from
// either of those meets only the differences that are listed here.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { startTestApp } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { openApiDifferences, type Document } from '../support/openapi-differences.ts'

const NEVER =
  'missing credentials are 403 as in Open Notificaties; of the others only 409 is given, for an Idempotency-Key'
const CHECKED_THERE_TOO = 'Open Notificaties refuses it as well; its document does not say so'

/** Every difference that is meant, and why. */
const INTENDED: Record<string, { difference: RegExp; why: string }[]> = {
  'notificaties-api-1.0.1': [
    { difference: /: never answers 401, (409, )?410(, 415)?, 429$/, why: NEVER },
    {
      difference: /abonnement.*: answer 20\d (demands|has no) (\[\]\.)?auth$/,
      why: 'auth is a secret: it is never shown',
    },
    {
      difference: /^POST \/notificaties: never answers 200$/,
      why: '201, as Open Notificaties and the test suite of the standard',
    },
    { difference: /: body (hoofdObject|resourceUrl) is at most 2048$/, why: CHECKED_THERE_TOO },
  ],
  'open-notificaties-1.16.1': [
    { difference: /: never answers 401, (409, )?410(, 415)?, 429$/, why: NEVER },
    { difference: /: body [\w.[\]]+ is at least 1$/, why: CHECKED_THERE_TOO },
    { difference: /^POST \/cloudevents: answer 201 has no intId$/, why: 'Open Notificaties does not send it either' },
    { difference: /: body (hoofdObject|resourceUrl) is at most 2048$/, why: CHECKED_THERE_TOO },
  ],
}

void t.test(
  'test_api_19_documentation_version_json: openapi.json has its own type and is open to every origin',
  async (t) => {
    const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
    const response = await app.inject({ url: '/api/v1/openapi.json', headers: { accept: 'text/html' } })
    t.equal(response.statusCode, 200)
    t.equal(response.headers['content-type'], 'application/vnd.oai.openapi+json')
    t.match(response.headers, { 'access-control-allow-origin': '*', vary: /Accept/, 'api-version': '1.0.0' })
    t.match(response.json(), { openapi: /^3\./, info: { version: '1.0.0' }, servers: [{ url: '/api/v1' }] })
    const committed = readFileSync(join(import.meta.dirname, '../../schema/openapi.json'), 'utf8')
    t.strictSame(response.json(), JSON.parse(committed), 'what is served is what is committed')
  },
)

void t.test('test_api_19_documentation_version_yaml: openapi.yaml says the same', async (t) => {
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const [yaml, json] = await Promise.all([app.inject('/api/v1/openapi.yaml'), app.inject('/api/v1/openapi.json')])
  t.equal(yaml.headers['content-type'], 'application/vnd.oai.openapi; charset=utf-8')
  t.strictSame(parse(yaml.body), json.json())
  t.strictSame((await app.inject('/api/v1/openapi.yaml')).body, yaml.body)
})

void t.test('the old addresses of the document lead to the new ones', async (t) => {
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const moves = {
    '/api/v1/schema/openapi.yaml': 'openapi.yaml',
    '/api/v1/schema/openapi.yaml?format=json': 'openapi.json',
    '/api/v1/schema/openapi.json': 'openapi.json',
  }
  for (const [url, to] of Object.entries(moves)) {
    const { statusCode, headers } = await app.inject({ url, headers: { host: 'nrc:8000' } })
    t.match({ statusCode, ...headers }, { statusCode: 302, location: `http://nrc:8000/api/v1/${to}` }, url)
  }
})

for (const [name, intended] of Object.entries(INTENDED)) {
  void t.test(`what ${name} describes is taken and given, but for the listed differences`, async (t) => {
    const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
    const ours = (await app.inject('/api/v1/openapi.json')).json<Document>()
    const file = join(import.meta.dirname, `../fixtures/openapi/${name}.openapi.yaml`)
    const differences = openApiDifferences(parse(readFileSync(file, 'utf8')) as Document, ours)
    for (const difference of differences) {
      const why = intended.find((each) => each.difference.test(difference))?.why
      t.ok(why, `${difference} (${why ?? 'not intended'})`)
    }
    for (const { difference } of intended)
      t.ok(
        differences.some((each) => difference.test(each)),
        `still there: ${difference}`,
      )
  })
}

void t.test('the comparison sees what a client would meet', async (t) => {
  const schema = (properties: object, required: string[] = []): object => ({ type: 'object', properties, required })
  const documentOf = (body: object, answer: object): Document => ({
    components: { schemas: {} },
    paths: {
      '/x': {
        post: {
          operationId: 'x',
          requestBody: { content: { 'application/json': { schema: body } } },
          responses: { 201: { content: { 'application/json': { schema: answer } } } },
        },
      },
    },
  })
  const text = { type: 'string' }
  const theirs = documentOf(
    schema({ a: { ...text, maxLength: 9 }, b: text }, ['b']),
    schema({ c: text, d: text }, ['c']),
  )
  const ours = documentOf(schema({ a: { ...text, maxLength: 8 }, e: text }, ['e']), schema({ c: { type: 'integer' } }))
  t.strictSame(openApiDifferences(theirs, theirs), [])
  t.strictSame(openApiDifferences(theirs, ours), [
    'POST /x: body demands e',
    'POST /x: body does not know b',
    'POST /x: body a is at most 8',
    'POST /x: answer 201 demands c',
    'POST /x: answer 201 has no d',
    'POST /x: answer 201 c is string, not integer',
  ])
  t.strictSame(openApiDifferences(theirs, { ...ours, paths: {} }), ['POST /x: is not there'])
})
