// What comes of a change that the Autorisaties API tells of (behaviour reference §4.5).
import t from 'tap'
import { changeOf, startAutorisatiesWorld as world } from '../support/autorisaties-world.ts'
import { onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'

const ALL = ['notificaties.consumeren', 'notificaties.publiceren']
const DENIED = 'permission_denied'
const HOUR = 3_600_000

onEachDatabase(t, 'test_handle_create_auth: who was not known is let in at once', async (t, url) => {
  const { api, call, ask } = await world(t, url)
  t.equal(await ask(), DENIED)
  api.knows({ clientIds: ['zrc'], scopes: ALL })
  t.equal(await ask(), DENIED, 'for seconds')
  const told = await call('POST', 'callbacks', changeOf('create', api.urlOf(0)), { as: 'ac' })
  t.equal(told.statusCode, 204)
  t.equal(told.body, '')
  t.equal(await ask(), 200)
})

onEachDatabase(t, 'test_handle_update_auth: its rights are replaced', async (t, url) => {
  const { api, call, ask } = await world(t, url)
  api.knows({ clientIds: ['zrc'], heeftAlleAutorisaties: true })
  t.equal(await ask(), 200)
  for (const [actie, scopes, status] of [
    ['partial_update', [], DENIED],
    ['update', ALL, 200],
    ['iets_anders', [], DENIED],
  ] as const) {
    const before = await ask()
    api.knows({ clientIds: ['zrc'], scopes: [...scopes] })
    t.equal(await ask(), before, `${actie}: what is kept`)
    t.equal((await call('POST', 'callbacks', changeOf(actie, api.urlOf(0)), { as: 'ac' })).statusCode, 204)
    t.equal(await ask(), status, actie)
  }
})

onEachDatabase(
  t,
  'test_handle_delete_auth: its rights end, also when the Autorisaties API does not answer',
  async (t, url) => {
    const { api, call, ask } = await world(t, url)
    api.knows({ clientIds: ['zrc'], scopes: ALL }, { clientIds: ['drc'], scopes: ALL })
    t.strictSame([await ask('zrc'), await ask('drc')], [200, 200])
    api.failure = { status: 503 }
    for (const resourceUrl of [`${api.apiRoot}applicaties/unknown`, api.urlOf(7)]) {
      t.equal((await call('POST', 'callbacks', changeOf('destroy', resourceUrl), { as: 'ac' })).statusCode, 204)
    }
    t.strictSame([await ask('zrc'), await ask('drc')], [200, 200], 'it is about neither')
    const upper = api.urlOf(0).replace(/[^/]+$/, (uuid) => uuid.toUpperCase())
    t.equal((await call('POST', 'callbacks', changeOf('DESTROY', `${upper}/`), { as: 'ac' })).statusCode, 204)
    t.strictSame([await ask('zrc'), await ask('drc')], [DENIED, 200])
  },
)

void t.test('a notificatie that is accepted on kanaal autorisaties does the same', async (t) => {
  const { api, call, ask } = await world(t)
  api.knows({ clientIds: ['zrc'], scopes: ALL })
  t.equal(await ask(), 200)
  api.failure = { status: 503 }
  const publish = (actie: string) => call('POST', 'notificaties', changeOf(actie, api.urlOf(0)), { as: 'ac' })
  t.equal((await publish('update')).statusCode, 201)
  t.equal(await ask(), 200, 'the old answer, for there is no other')
  t.equal((await publish('destroy')).statusCode, 201)
  t.equal(await ask(), DENIED)
})

void t.test('a change that cannot be looked at keeps the old rights, up to their bound', async (t) => {
  const { api, call, ask, clock } = await world(t, undefined, { staleForMs: 60_000 })
  api.knows({ clientIds: ['zrc'], scopes: ALL })
  t.equal(await ask(), 200)
  api.failure = { status: 500 }
  t.equal((await call('POST', 'callbacks', changeOf('update', api.urlOf(0)), { as: 'ac' })).statusCode, 204)
  t.equal(await ask(), 200)
  clock.advance(HOUR + 59_000)
  t.equal(await ask(), 200)
  clock.advance(1_001)
  t.equal(await ask(), DENIED)
})

void t.test('callbacks takes what is not about autorisaties, and nothing without publiceren', async (t) => {
  const { api, call, ask } = await world(t)
  api.knows({ clientIds: ['zrc'], scopes: ALL })
  t.equal(await ask(), 200)
  const other = messageBody({ kanaal: 'test' })
  t.equal((await call('POST', 'callbacks', other, { as: 'ac' })).statusCode, 204, 'the probe of a subscription')
  t.equal((await call('POST', 'callbacks', other, { headers: { authorization: '' } })).statusCode, 403)
  t.match((await call('POST', 'callbacks', other, { as: 'zac' })).json(), { status: 403, code: DENIED })
  t.equal(await ask(), 200)
  t.equal(api.requests.length, 1)
  const { kenmerken: _, ...without } = changeOf('update', api.urlOf(0)) as Record<string, unknown>
  t.equal((await call('POST', 'callbacks', without, { as: 'ac' })).statusCode, 204, 'kenmerken may be missing')
  const broken = await call('POST', 'callbacks', { ...without, resourceUrl: 'x', actie: null }, { as: 'ac' })
  t.match(broken.json(), { status: 400, code: 'invalid', invalidParams: [{ name: 'resourceUrl' }, { name: 'actie' }] })
})
