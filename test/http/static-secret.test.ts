import t from 'tap'
import { startTestApp } from '../support/app.ts'
import { AutorisatiesApi } from '../support/autorisaties-api.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { makeToken, SECRET } from '../support/token.ts'

const TOKEN = 'c4n4ry-token-of-the-drc-from-its-environment'
const PUBLISH = ['notificaties.publiceren']
const CONFIGURATION = {
  clients: { openzaak: PUBLISH, drc: PUBLISH },
  staticSecrets: { drc: TOKEN },
}

void t.test('a publisher without a JWT sends its secret itself', async (t) => {
  const { app, used, snapshot, logged } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), CONFIGURATION)
  const accepted = [
    `Bearer ${TOKEN}`,
    `bearer ${TOKEN}`,
    `BEARER  ${TOKEN}`,
    `Token ${TOKEN}`,
    `token\t${TOKEN}`,
    TOKEN,
  ]
  for (const [index, authorization] of accepted.entries()) {
    const response = await app.inject({ url: '/api/v1/kanaal', headers: { authorization } })
    t.equal(response.statusCode, 200, `spelling ${index}`)
  }
  const objectId = snapshot().clientCredentials.get('drc')?.id
  t.match(
    used,
    accepted.map(() => ({ objectId, slot: 'current' })),
  )
  t.equal(logged().filter(({ clientId }) => clientId === 'drc').length, accepted.length, 'the log says who it was')
  t.notMatch(JSON.stringify(logged()), /c4n4ry/)
})

void t.test('what is not quite the secret is refused as any other credential', async (t) => {
  const { app, clock, used } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), CONFIGURATION)
  const now = clock.now()
  const cases: [what: string, authorization: string, code: string][] = [
    ['one character less', `Bearer ${TOKEN.slice(0, -1)}`, 'jwt-decode-error'],
    ['one character more', `Bearer ${TOKEN}x`, 'jwt-decode-error'],
    ['in capitals', `Bearer ${TOKEN.toUpperCase()}`, 'jwt-decode-error'],
    ['after two scheme words', `Bearer Bearer ${TOKEN}`, 'jwt-decode-error'],
    ['after another scheme word', `ApiKey ${TOKEN}`, 'permission_denied'],
    ['after no space', `Token${TOKEN}`, 'permission_denied'],
    ['the scheme word alone', 'Token', 'permission_denied'],
    ['the secret of a client that signs', `Bearer ${SECRET}`, 'jwt-decode-error'],
    ['the same, bare', SECRET, 'permission_denied'],
    [
      'a JWT that is signed with it',
      `Bearer ${makeToken({ now, clientId: 'drc', secret: TOKEN })}`,
      'invalid-client-identifier',
    ],
    ['a JWT that is signed with another', `Bearer ${makeToken({ now, clientId: 'drc' })}`, 'invalid-client-identifier'],
  ]
  for (const [what, authorization, code] of cases) {
    const response = await app.inject({ url: '/api/v1/kanaal', headers: { authorization } })
    t.equal(response.statusCode, 403, what)
    t.match(response.json(), { code }, what)
  }
  t.strictSame(used, [])
  const signed = { authorization: `Bearer ${makeToken({ now })}` }
  t.equal(
    (await app.inject({ url: '/api/v1/kanaal', headers: signed })).statusCode,
    200,
    'a client that signs still may',
  )
})

void t.test('a secret that is itself a JWT does not grow old', async (t) => {
  const token = makeToken({ now: Date.UTC(2019, 0), clientId: 'openzaak', secret: 'nobody-knows' })
  const configuration = { ...CONFIGURATION, staticSecrets: { drc: token } }
  const { app, clock, logged } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), configuration)
  clock.advance(10 * 365 * 24 * 3_600_000)
  const headers = { authorization: `Bearer ${token}` }
  t.equal((await app.inject({ url: '/api/v1/kanaal', headers })).statusCode, 200)
  t.match(logged().at(-1), { clientId: 'drc' }, 'whoever is named in it')
})

onEachDatabase(t, 'it rotates: both secrets are good, until the previous one ends', async (t, url) => {
  const expiresAt = Date.now() + 60_000
  const previousSecrets = { drc: { secret: 'the-token-before-this-one', expiresAt } }
  const { app, clock, used } = await startTestApp(t, url, { ...CONFIGURATION, previousSecrets })
  const status = async (secret: string): Promise<number> =>
    (await app.inject({ url: '/api/v1/kanaal', headers: { authorization: `Token ${secret}` } })).statusCode
  t.strictSame([await status(TOKEN), await status('the-token-before-this-one')], [200, 200])
  t.match(used, [{ slot: 'current' }, { slot: 'previous' }])
  clock.advance(120_000)
  t.strictSame([await status(TOKEN), await status('the-token-before-this-one')], [200, 403])
})

void t.test('a secret that two clients have lets neither in, and says why', async (t) => {
  const expiresAt = Date.now() + 60_000
  const { app, clock, used, logged } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), {
    clients: { drc: PUBLISH, brc: PUBLISH },
    staticSecrets: { drc: TOKEN, brc: 'another-token-of-the-brc-alone' },
    previousSecrets: { brc: { secret: TOKEN, expiresAt } },
  })
  const ask = () => app.inject({ url: '/api/v1/kanaal', headers: { authorization: `Bearer ${TOKEN}` } })
  const refused = await ask()
  t.equal(refused.statusCode, 403)
  t.match(refused.json(), { code: 'permission_denied', detail: /meer dan één client.*eigen geheim/ })
  t.strictSame(used, [])
  clock.advance(120_000)
  t.equal((await ask()).statusCode, 200, 'one of the two has ended')
  t.match(logged().at(-1), { clientId: 'drc' })
})

void t.test('the Autorisaties API says what it may do, by the client id of the configuration', async (t) => {
  const api = await AutorisatiesApi.start(t)
  api.knows({ clientIds: ['drc'], scopes: ['notificaties.consumeren'] })
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), {
    clients: { drc: 'autorisaties' },
    staticSecrets: { drc: TOKEN },
    autorisaties: { apiRoot: api.apiRoot, component: 'nrc', credential: null, cacheForMs: 3_600_000, staleForMs: 0 },
    externalCredential: { apiRoot: api.apiRoot, clientId: api.clientId, secret: api.secret },
  })
  const headers = { authorization: `Bearer ${TOKEN}` }
  t.equal((await app.inject({ url: '/api/v1/kanaal', headers })).statusCode, 200)
  const published = await app.inject({ method: 'POST', url: '/api/v1/notificaties', headers, payload: {} })
  t.match(published.json(), { code: 'permission_denied', detail: /Nodig is de scope notificaties\.publiceren/ })
})

void t.test('no secret is no credential, not even for a client that has none', async (t) => {
  const configuration = { ...CONFIGURATION, staticSecrets: { drc: '' } }
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), configuration)
  for (const headers of [{}, { authorization: '' }, { authorization: 'Bearer ' }, { authorization: 'Token ' }]) {
    t.equal((await app.inject({ url: '/api/v1/kanaal', headers })).statusCode, 403)
  }
})
