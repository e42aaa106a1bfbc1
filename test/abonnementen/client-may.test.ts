import t, { type Test } from 'tap'
import type { ClientMay } from '../../src/common/model.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'
import { OWNER } from '../support/seed-configuration.ts'

const ID = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'
const PATH = `abonnement/${ID}`
const AUTH = 'Bearer declared'
const RENEWED = 'Bearer renewed'

type Declared = TestApp & { callbackUrl: string; receiver: Receiver }

/** An abonnement that is declared for `zac`, which may change `may` of it. */
async function declared(t: Test, url: string, may: ClientMay[]): Promise<Declared> {
  const receiver = await Receiver.start(t)
  receiver.answer(({ headers }) => ({
    status: [AUTH, RENEWED].includes(headers.authorization ?? '') ? 204 : 403,
  }))
  const callbackUrl = `${receiver.url}/callback`
  const kanalen = [{ naam: 'zaken', filters: { zaaktype: 'x' }, acties: ['create'], resources: [] }]
  const app = await startTestApp(t, url, {
    kanalen: { zaken: ['zaaktype'], besluiten: [] },
    abonnementen: [{ id: ID, callbackUrl, auth: AUTH, kanalen, client: { clientId: 'zac', may } }],
  })
  return { ...app, callbackUrl, receiver }
}

onEachDatabase(t, 'a client changes what it may of the abonnement that is declared for it', async (t, url) => {
  const { call, database, snapshot, receiver, callbackUrl } = await declared(t, url, ['auth', 'kanalen'])
  const { epoch } = snapshot()
  t.equal((await call('PATCH', PATH, { auth: RENEWED }, { as: 'zac' })).statusCode, 200)
  t.strictSame(
    receiver.requests.map(({ headers }) => headers.authorization),
    [RENEWED],
    "the callback is the configuration's, so only the new auth is tried",
  )
  const kanalen = [
    { naam: 'zaken', filters: { '#actie': 'destroy' } },
    { naam: 'besluiten', filters: {} },
  ]
  const changed = await call('PUT', PATH, { callbackUrl, auth: RENEWED, kanalen }, { as: 'zac' })
  t.equal(changed.statusCode, 200, changed.body)
  t.strictSame(changed.json<{ kanalen: unknown }>().kanalen, [
    { filters: { '#actie': 'destroy' }, naam: 'zaken' },
    { filters: {}, naam: 'besluiten' },
  ])
  t.match(snapshot().abonnementen.get(ID), { owner: OWNER, client: { clientId: 'zac', may: ['auth', 'kanalen'] } })
  t.equal(snapshot().abonnementen.get(ID)?.authSecret?.reveal(), RENEWED)
  t.ok(snapshot().epoch > epoch, 'every server hears of it')
  t.match(await database.reader.abonnement.findFirst(), { owner: OWNER, updatedBy: 'client:zac' })
  t.match(await database.reader.secret.findMany({ where: { objectId: ID } }), [{ slot: 'current', reference: null }])
})

onEachDatabase(t, 'a client deletes the abonnement that is declared for it when it may', async (t, url) => {
  const { call, database } = await declared(t, url, ['delete'])
  await call('POST', 'notificaties', messageBody({ kenmerken: { zaaktype: 'x' } }))
  t.equal(await database.reader.delivery.count(), 1)
  t.equal((await call('DELETE', PATH, undefined, { as: 'zac' })).statusCode, 204)
  t.equal(await database.reader.delivery.count(), 0)
  t.equal(await database.reader.secret.count({ where: { objectId: ID } }), 0)
})

void t.test('whatever it may not, and whatever another client asks, is refused', async (t) => {
  const refused: [what: string, may: ClientMay[], as: string, body: object | undefined][] = [
    ['nothing is permitted', [], 'zac', { auth: RENEWED }],
    ['auth is not kanalen', ['kanalen', 'delete'], 'zac', { auth: RENEWED }],
    ['kanalen is not auth', ['auth', 'delete'], 'zac', { kanalen: [] }],
    ['delete is neither', ['auth', 'kanalen'], 'zac', undefined],
    ['the callbackUrl is never', ['auth', 'kanalen', 'delete'], 'zac', { callbackUrl: 'http://127.0.0.1:2/' }],
    ['cloud events are never', ['auth', 'kanalen', 'delete'], 'zac', { sendCloudevents: true }],
    ['one that is permitted and one that is not', ['auth'], 'zac', { auth: RENEWED, kanalen: [] }],
    ['another client changes', ['auth', 'kanalen', 'delete'], 'openzaak', { auth: RENEWED }],
    ['another client deletes', ['auth', 'kanalen', 'delete'], 'openzaak', undefined],
  ]
  for (const [what, may, as, body] of refused) {
    const { call, snapshot, receiver, callbackUrl } = await declared(t, await freshDatabaseUrl(t, 'sqlite'), may)
    const { epoch } = snapshot()
    const response = await call(body === undefined ? 'DELETE' : 'PATCH', PATH, body, { as })
    t.match(response.json(), { status: 403, code: 'managed-by-configuration' }, what)
    t.equal(snapshot().epoch, epoch, what)
    t.equal(receiver.requests.length, 0, `${what}: the callback is not tried`)
    const same = {
      callbackUrl,
      auth: AUTH,
      kanalen: [{ naam: 'zaken', filters: { zaaktype: 'x', '#actie': 'create' } }],
    }
    t.equal((await call('PUT', PATH, same, { as })).statusCode, 200, `${what}: what is declared is fine`)
  }
})

void t.test('what is permitted must still be usable', async (t) => {
  const { call, snapshot } = await declared(t, await freshDatabaseUrl(t, 'sqlite'), ['auth', 'kanalen'])
  const { epoch } = snapshot()
  t.equal((await call('PATCH', PATH, { auth: 'Bearer wrong' }, { as: 'zac' })).statusCode, 400)
  t.equal((await call('PATCH', PATH, { kanalen: [{ naam: 'nergens' }] }, { as: 'zac' })).statusCode, 400)
  t.equal(snapshot().epoch, epoch)
})

onEachDatabase(t, 'a change that was permitted a moment ago does not undo an apply', async (t, url) => {
  const { call, database, reload } = await declared(t, url, ['auth', 'kanalen', 'delete'])
  // The server has not seen it yet.
  await database.transaction((tx) =>
    tx.abonnement.updateMany({ data: { client: null, callbackUrl: 'https://new.nl/' } }),
  )
  t.equal((await call('PATCH', PATH, { kanalen: [] }, { as: 'zac' })).statusCode, 404)
  t.equal((await call('DELETE', PATH, undefined, { as: 'zac' })).statusCode, 404)
  await reload()
  t.match((await call('PATCH', PATH, { kanalen: [] }, { as: 'zac' })).json(), { code: 'managed-by-configuration' })
  t.match(await database.reader.abonnement.findFirst(), { callbackUrl: 'https://new.nl/' })
})
