import t from 'tap'
import { startTestApp } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
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
