import t from 'tap'
import { startTestApp } from '../support/app.ts'
import { AutorisatiesApi } from '../support/autorisaties-api.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { makeToken, SECRET } from '../support/token.ts'

const b64 = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

void t.test('each wrong credential has the code of Open Notificaties, as 403', async (t) => {
  const { app, clock } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const now = clock.now()
  const good = makeToken({ now })
  const [header = '', payload = '', signature = ''] = good.split('.')
  const cases: [what: string, authorization: string | undefined, code: string][] = [
    ['no header', undefined, 'permission_denied'],
    ['an empty header', '', 'permission_denied'],
    ['lower-case bearer', `bearer ${good}`, 'permission_denied'],
    ['a token of another type', `Token ${good}`, 'permission_denied'],
    ['only the prefix', 'Bearer ', 'jwt-decode-error'],
    ['two spaces', `Bearer  ${good}`, 'jwt-decode-error'],
    ['no token', 'Bearer x', 'jwt-decode-error'],
    ['two segments', `Bearer ${header}.${payload}`, 'jwt-decode-error'],
    ['a header that is no JSON', `Bearer ${b64('no')}.${payload}.${signature}`, 'jwt-decode-error'],
    ['a payload that is no object', `Bearer ${header}.${b64([])}.${signature}`, 'jwt-decode-error'],
    ['a payload of null', `Bearer ${header}.${b64('null')}.${signature}`, 'jwt-decode-error'],
    ['a token of 8 KB and a bit', `Bearer ${makeToken({ now, claims: { x: 'x'.repeat(8_192) } })}`, 'jwt-decode-error'],
    ['no client_id', `Bearer ${makeToken({ now, claims: { client_id: undefined } })}`, 'missing-client-identifier'],
    [
      'a client_id that is a number',
      `Bearer ${makeToken({ now, claims: { client_id: 1 } })}`,
      'invalid-client-identifier',
    ],
    [
      'a client_id that every object has',
      `Bearer ${makeToken({ now, clientId: '__proto__' })}`,
      'invalid-client-identifier',
    ],
    ['an unknown client', `Bearer ${makeToken({ now, clientId: 'nobody' })}`, 'invalid-client-identifier'],
    ['a wrong secret', `Bearer ${makeToken({ now, secret: 'wrong' })}`, 'invalid-jwt-signature'],
    ['an empty secret', `Bearer ${makeToken({ now, secret: '' })}`, 'invalid-jwt-signature'],
    ['no signature', `Bearer ${header}.${payload}.`, 'invalid-jwt-signature'],
    [
      'another payload',
      `Bearer ${header}.${b64({ client_id: 'openzaak', iat: now })}.${signature}`,
      'invalid-jwt-signature',
    ],
    ['alg none', `Bearer ${b64({ alg: 'none' })}.${payload}.`, 'jwt-invalidalgorithmerror'],
    ['HS512', `Bearer ${makeToken({ now, header: { alg: 'HS512' } })}`, 'jwt-invalidalgorithmerror'],
    ['an old iat', `Bearer ${makeToken({ now: now - 3_600_000 })}`, 'jwt-expired'],
    ['an iat of 2100', `Bearer ${makeToken({ now: Date.UTC(2100, 0) })}`, 'jwt-immaturesignatureerror'],
  ]
  for (const [what, authorization, code] of cases) {
    const headers = authorization === undefined ? {} : { authorization }
    const response = await app.inject({ url: '/api/v1/kanaal', headers })
    t.equal(response.statusCode, 403, what)
    t.match(
      response.json(),
      { code, title: 'Je hebt geen toestemming om deze actie uit te voeren.', type: /\/PermissionDenied\/$/ },
      what,
    )
    t.notOk('www-authenticate' in response.headers, what)
  }
})

void t.test('good tokens of every shape that clients send', async (t) => {
  const { app, clock } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const now = clock.now()
  const cases: [what: string, token: string][] = [
    ['Maykin, valid for 12 hours', makeToken({ now, claims: { exp: now / 1_000 + 43_200 } })],
    ['GZAC, with roles and an empty user', makeToken({ now, claims: { roles: ['x'], user_representation: '' } })],
    ['VNG, 257 s ahead', makeToken({ now: now + 257_000 })],
    ['PodiumD, client_identifier in the header', makeToken({ now, header: { client_identifier: 'x' } })],
    ['a header without typ', makeToken({ now, header: { typ: undefined } })],
    ['an audience', makeToken({ now, claims: { aud: ['nrc'] } })],
  ]
  for (const [what, token] of cases) {
    const response = await app.inject({ url: '/api/v1/kanaal', headers: { authorization: `Bearer ${token}` } })
    t.equal(response.statusCode, 200, what)
  }
})

void t.test('during a rotation both secrets are good, until the previous one ends', async (t) => {
  const expiresAt = Date.now() + 60_000
  const previousSecrets = { openzaak: { secret: 'the-previous-secret', expiresAt } }
  const { app, clock, used, snapshot } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { previousSecrets })
  const status = async (secret: string): Promise<number> => {
    const authorization = `Bearer ${makeToken({ now: clock.now(), secret })}`
    return (await app.inject({ url: '/api/v1/kanaal', headers: { authorization } })).statusCode
  }
  t.equal(await status(SECRET), 200)
  t.equal(await status('the-previous-secret'), 200)
  const objectId = snapshot().clientCredentials.get('openzaak')?.id
  const slots = [{ slot: 'current' }, { slot: 'previous' }]
  t.match(
    used,
    slots.map((slot) => ({ ...slot, objectId })),
    'which of the two was used is known',
  )
  t.equal(await status('a-wrong-secret'), 403)
  clock.advance(120_000)
  t.equal(await status('the-previous-secret'), 403)
  t.equal(used.length, 2, 'only a good token is a use')
  t.equal(await status(SECRET), 200)
})

void t.test('a client may do what its scopes say', async (t) => {
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: { zaken: [] } })
  const expected: [as: string, method: 'GET' | 'POST', path: string, allowed: boolean][] = [
    ['zac', 'GET', 'kanaal', true],
    ['zac', 'GET', 'abonnement', true],
    ['zac', 'POST', 'kanaal', false],
    ['zac', 'POST', 'notificaties', false],
    ['zac', 'POST', 'callbacks', false],
    ['zac', 'POST', 'abonnement', true],
    ['drc', 'GET', 'abonnement', true],
    ['drc', 'POST', 'abonnement', false],
    ['drc', 'POST', 'notificaties', true],
  ]
  for (const [as, method, path, allowed] of expected) {
    const response = await call(method, path, method === 'GET' ? undefined : {}, { as })
    t.equal(response.statusCode !== 403, allowed, `${as} ${method} ${path}`)
  }
  t.match((await call('POST', 'notificaties', {}, { as: 'zac' })).json(), {
    code: 'permission_denied',
    detail: /Nodig is de scope notificaties\.publiceren/,
  })
})

void t.test('refused before its body is looked at', async (t) => {
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const headers = { 'content-type': 'text/plain' }
  t.equal((await call('POST', 'notificaties', 'x', { as: 'zac', headers })).statusCode, 403)
})

onEachDatabase(t, 'a message on kanaal autorisaties makes the next decision a fresh one', async (t, url) => {
  const api = await AutorisatiesApi.start(t)
  api.knows({ clientIds: ['zrc'], scopes: ['notificaties.publiceren'] })
  const { call } = await startTestApp(t, url, {
    clients: { openzaak: ['notificaties.publiceren'], zrc: 'autorisaties' },
    kanalen: { zaken: [], autorisaties: [] },
    autorisaties: { apiRoot: api.apiRoot, component: 'nrc', credential: null, cacheForMs: 3_600_000, staleForMs: 0 },
    externalCredential: { apiRoot: api.apiRoot, clientId: api.clientId, secret: api.secret },
  })
  const publish = async (): Promise<number> =>
    (await call('POST', 'notificaties', messageBody(), { as: 'zrc' })).statusCode
  t.equal(await publish(), 201)
  api.knows({ clientIds: ['zrc'], scopes: ['notificaties.consumeren'] })
  t.equal(await publish(), 201, 'the cached answer')
  t.equal((await call('POST', 'notificaties', messageBody({ kanaal: 'autorisaties' }))).statusCode, 201)
  t.equal(await publish(), 403)
  api.knows({ clientIds: ['zrc'], scopes: ['notificaties.publiceren'] })
  t.equal((await call('POST', 'callbacks', messageBody({ kanaal: 'autorisaties' }))).statusCode, 204)
  t.equal(await publish(), 201)
  api.failure = { status: 500 }
  t.equal(await publish(), 201, 'the API is down')
})
