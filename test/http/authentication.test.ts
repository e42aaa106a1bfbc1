import t from 'tap'
import { bumpEpoch } from '../../src/db/catalog.ts'
import { startTestApp } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
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

void t.test('a token that was good is judged anew each time that it is sent', async (t) => {
  const expiresAt = Date.now() + 60_000
  const previousSecrets = { openzaak: { secret: 'the-previous-secret', expiresAt } }
  const world = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), {
    previousSecrets,
    kanalen: { zaken: [] },
  })
  const { app, clock, database, reload } = world
  // A publish: unlike a list it takes the snapshot that there is.
  const publish = (authorization: string) => {
    const headers = { authorization, 'content-type': 'application/json' }
    return app.inject({ method: 'POST', url: '/api/v1/notificaties', headers, payload: JSON.stringify(messageBody()) })
  }
  const status = async (authorization: string): Promise<number> => (await publish(authorization)).statusCode
  const bearer = (secret = SECRET, now = clock.now()): string => `Bearer ${makeToken({ now, secret })}`
  const ofPrevious = bearer('the-previous-secret', clock.now() + 60_000)
  const early = bearer()
  for (const token of [ofPrevious, ofPrevious, early, early]) t.equal(await status(token), 201)
  t.equal(world.used.length, 4, 'each time is a use')
  t.equal(await status(`${early}x`), 403, 'another signature is another token')

  clock.advance(61_000)
  t.equal(await status(ofPrevious), 403, 'the secret has ended')
  t.equal(await status(early), 201)
  clock.advance(3_600_000)
  t.equal(await status(early), 403, 'the token is too old')

  const late = bearer()
  t.equal(await status(late), 201)
  await database.transaction(async (tx) => {
    await tx.clientCredential.deleteMany({ where: { clientId: 'openzaak' } })
    await bumpEpoch(tx)
  })
  await reload()
  const gone = await publish(late)
  t.equal(gone.statusCode, 403, 'the client is gone')
  t.match(gone.json(), { code: 'invalid-client-identifier' }, 'which its token is refused for, not its rights')
})

void t.test('refused before its body is looked at', async (t) => {
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const headers = { 'content-type': 'text/plain' }
  t.equal((await call('POST', 'notificaties', 'x', { as: 'zac', headers })).statusCode, 403)
})
