import t from 'tap'
import { startTestApp } from '../support/app.ts'
import { AutorisatiesApi } from '../support/autorisaties-api.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { makeToken, SECRET } from '../support/token.ts'

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
