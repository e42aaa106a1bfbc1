// The error documents of Open Notificaties' test_dso_api_strategy.py, as they come over the wire.
import t, { type Test } from 'tap'
import { startTestApp } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'

const NOWHERE = '00000000-0000-4000-8000-00000000000f'
const ROOT = 'http://localhost:80/ref/fouten'

const started = freshDatabaseUrl(t, 'sqlite').then(async (url) => {
  const testApp = await startTestApp(t, url, { kanalen: { zaken: [] } })
  testApp.app.get('/broken', () => {
    throw new TypeError('row (kanarie) has no such column')
  })
  return testApp
})

type Sent = Parameters<Awaited<typeof started>['call']>

/** The answer's document; its members stand in the order that clients know, and its id is in the log. */
async function documentOf(t: Test, ...sent: Sent): Promise<object> {
  const { call, logged } = await started
  const response = await call(...sent)
  t.match(response.headers['content-type'], /^application\/problem\+json/)
  const { instance, ...document } = response.json<{ instance: string; status: number }>()
  t.equal(response.statusCode, document.status)
  t.match(instance, /^urn:uuid:[0-9a-f-]{36}$/)
  t.ok(JSON.stringify(logged().at(-1)).includes(instance.slice('urn:uuid:'.length)), 'the log has the same id')
  const members = ['type', 'code', 'title', 'status', 'detail', 'instance', 'invalidParams']
  const given = Object.keys(response.json<object>())
  t.strictSame(
    given,
    members.filter((name) => given.includes(name)),
  )
  return document
}

void t.test('test_api_24_version_header: every answer says which version of the API this is', async (t) => {
  const { call, app } = await started
  const answers = [
    await app.inject('/api/v1/'),
    await call('GET', 'kanaal'),
    await call('HEAD', 'kanaal'),
    await call('POST', 'notificaties', messageBody()),
    await call('POST', 'callbacks', messageBody()),
    await call('POST', 'notificaties', {}),
    await app.inject('/api/v1/kanaal'),
    await call('GET', `kanaal/${NOWHERE}`),
    await call('DELETE', 'kanaal'),
    await call('GET', 'kanaal', undefined, { headers: { accept: 'text/html' } }),
    await call('POST', 'kanaal', 'x', { headers: { 'content-type': 'text/plain' } }),
  ]
  t.strictSame(
    answers.map(({ statusCode, headers }) => [statusCode, headers['api-version']]),
    [200, 200, 200, 201, 204, 400, 403, 404, 405, 406, 415].map((status) => [status, '1.0.0']),
  )
})

void t.test('test_400_error: a ValidatieFout names each field with a code of its own', async (t) => {
  t.strictSame(await documentOf(t, 'POST', 'kanaal', { naam: 'zaken', documentatieLink: 'x' }), {
    type: `${ROOT}/ValidationError/`,
    code: 'invalid',
    title: 'Ongeldige invoerwaarde.',
    status: 400,
    detail: 'Ongeldige invoerwaarde.',
    invalidParams: [{ name: 'documentatieLink', code: 'invalid', reason: 'Voer een geldige URL in.' }],
  })
  t.match(await documentOf(t, 'POST', 'kanaal', { naam: 'zaken' }), {
    invalidParams: [{ name: 'naam', code: 'unique' }],
  })
  t.match(await documentOf(t, 'POST', 'kanaal', '{'), {
    type: `${ROOT}/ParseError/`,
    code: 'parse_error',
    title: 'Ongeldig samengestelde request.',
    status: 400,
    detail: /^JSON parse error - /,
  })
})

void t.test('test_401_error: without credentials the answer is 403, and says what to send', async (t) => {
  for (const authorization of ['', 'Token x', 'bearer x']) {
    const document = await documentOf(t, 'GET', 'kanaal', undefined, { headers: { authorization } })
    t.match(document, { type: `${ROOT}/PermissionDenied/`, code: 'permission_denied', status: 403, detail: /Bearer/ })
  }
})

void t.test('test_403_error: the title is that of its kind, the detail that of this refusal', async (t) => {
  const document = await documentOf(t, 'POST', 'kanaal', { naam: 'x' }, { as: 'zac' })
  t.match(document, {
    type: `${ROOT}/PermissionDenied/`,
    code: 'permission_denied',
    title: 'Je hebt geen toestemming om deze actie uit te voeren.',
    status: 403,
    detail: /notificaties\.publiceren/,
  })
})

void t.test('test_404_error: what is not there is not found', async (t) => {
  const NOT_FOUND = { type: `${ROOT}/NotFound/`, code: 'not_found', title: 'Niet gevonden.', status: 404 }
  for (const path of [`kanaal/${NOWHERE}`, `abonnement/${NOWHERE}`, 'kanaal/abc', 'nergens']) {
    t.strictSame(await documentOf(t, 'GET', path), { ...NOT_FOUND, detail: 'Niet gevonden.' }, path)
  }
  t.strictSame(await documentOf(t, 'GET', '/api/v2/kanaal'), { ...NOT_FOUND, detail: 'Ongeldige versie in URL-pad.' })
})

void t.test('test_405_error: the title keeps its placeholder, the detail names the method', async (t) => {
  t.strictSame(await documentOf(t, 'DELETE', 'kanaal'), {
    type: `${ROOT}/MethodNotAllowed/`,
    code: 'method_not_allowed',
    title: 'Methode "{method}" niet toegestaan.',
    status: 405,
    detail: 'Methode "DELETE" niet toegestaan.',
  })
})

void t.test('test_406_error: only JSON can be had', async (t) => {
  t.strictSame(await documentOf(t, 'GET', 'kanaal', undefined, { headers: { accept: 'text/html' } }), {
    type: `${ROOT}/NotAcceptable/`,
    code: 'not_acceptable',
    title: 'Kan niet voldoen aan de opgegeven Accept header.',
    status: 406,
    detail: 'Kan niet voldoen aan de opgegeven Accept header.',
  })
})

void t.test('test_415_error: the title keeps its placeholder, the detail names the media type', async (t) => {
  t.strictSame(await documentOf(t, 'POST', 'kanaal', 'naam=x', { headers: { 'content-type': 'text/plain' } }), {
    type: `${ROOT}/UnsupportedMediaType/`,
    code: 'unsupported_media_type',
    title: 'Ongeldige media type "{media_type}" in aanvraag.',
    status: 415,
    detail: 'Ongeldige media type "text/plain" in aanvraag.',
  })
})

void t.test('test_500_error: what nobody foresaw says nothing of what it was', async (t) => {
  t.strictSame(await documentOf(t, 'GET', '/broken'), {
    type: `${ROOT}/APIException/`,
    code: 'error',
    title: 'Er is een serverfout opgetreden.',
    status: 500,
    detail: 'Internal Server Error',
  })
})
