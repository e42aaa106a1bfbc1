// Open Notificaties' test_kanaal.py, over our application.
import t from 'tap'
import { startTestApp, type TestApp } from '../support/app.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'

type Kanaal = { url: string; naam: string; documentatieLink: string; filters: string[] }

const DOCS = { naam: 'docs', documentatieLink: 'https://example.nl/doc', filters: ['bronorganisatie'] }

async function made({ call, clock }: TestApp, body: object = DOCS): Promise<Kanaal & { path: string }> {
  clock.advance(1)
  const kanaal = (await call('POST', 'kanaal', body)).json<Kanaal>()
  return { ...kanaal, path: new URL(kanaal.url).pathname }
}

onEachDatabase(t, 'test_kanaal_create: a kanaal is made, told where it is, and kept', async (t, url) => {
  const { call, database } = await startTestApp(t, url)
  const created = await call('POST', 'kanaal', { ...DOCS, naam: ' docs ', filters: ['a_b', 'aB', 1, 'x', 'x'] })
  t.equal(created.statusCode, 201)
  const [stored] = await database.reader.kanaal.findMany()
  const location = `http://localhost:80/api/v1/kanaal/${stored?.id}`
  t.equal(created.headers.location, location)
  const filters = ['a_b', 'aB', '1', 'x', 'x']
  t.equal(created.body, JSON.stringify({ url: location, ...DOCS, filters }), 'members in this order, filters verbatim')
  t.match(stored, { naam: 'docs', filters: JSON.stringify(filters), owner: 'client:openzaak' })
  t.strictSame((await call('GET', new URL(location).pathname)).json(), created.json())
})

onEachDatabase(t, 'test_kanaal_create_nonunique: a naam that exists is refused', async (t, url) => {
  const app = await startTestApp(t, url)
  await made(app)
  const again = await app.call('POST', 'kanaal', { naam: 'docs' }, { as: 'drc' })
  t.equal(again.statusCode, 400)
  t.match(again.json(), { invalidParams: [{ name: 'naam', code: 'unique', reason: 'Dit veld moet uniek zijn.' }] })
  t.equal((await app.call('POST', 'kanaal', { naam: 'Docs' })).statusCode, 201, 'capitals count')
})

onEachDatabase(t, 'test_kanaal_update: PUT with the same naam changes link and filters', async (t, url) => {
  const app = await startTestApp(t, url)
  const { path, ...kanaal } = await made(app)
  const changes = { documentatieLink: 'https://example.nl/new', filters: ['zaaktype'] }
  const { epoch } = app.snapshot()
  const changed = await app.call('PUT', path, { naam: 'docs', ...changes }, { as: 'drc' })
  t.equal(changed.statusCode, 200, 'also by a client that did not make it')
  t.strictSame(changed.json(), { ...kanaal, ...changes })
  t.strictSame((await app.call('GET', path)).json(), changed.json())
  t.equal(app.snapshot().epoch, epoch + 1)

  t.strictSame((await app.call('PUT', path, { naam: 'docs' })).json(), changed.json(), 'what PUT leaves out stays')
  t.match((await app.call('PUT', path, changes)).json(), { invalidParams: [{ name: 'naam', code: 'required' }] })
})

onEachDatabase(t, 'test_kanaal_partial_update: PATCH of the filters keeps naam and link', async (t, url) => {
  const app = await startTestApp(t, url)
  const { path, ...kanaal } = await made(app)
  const changed = await app.call('PATCH', path, { filters: [] })
  t.equal(changed.statusCode, 200)
  t.strictSame(changed.json(), { ...kanaal, filters: [] })
  t.strictSame((await app.call('PATCH', path, {})).json(), changed.json(), 'PATCH of nothing changes nothing')
})

void t.test('test_kanaal_cannot_update_naam: another naam is refused and nothing changes', async (t) => {
  const app = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const { path, ...kanaal } = await made(app)
  const FIXED = { name: 'naam', code: 'wijzigen-niet-toegelaten', reason: 'Dit veld mag niet gewijzigd worden.' }
  for (const method of ['PUT', 'PATCH'] as const) {
    const refused = await app.call(method, path, { naam: 'other', filters: ['new'] })
    t.equal(refused.statusCode, 400, method)
    t.strictSame(refused.json<{ invalidParams: unknown }>().invalidParams, [FIXED], method)
  }
  t.strictSame((await app.call('GET', path)).json(), kanaal)
  await made(app, { naam: 'other' })
  t.match(
    (await app.call('PATCH', path, { naam: 'other' })).json(),
    { invalidParams: [{ name: 'naam', code: 'unique' }, FIXED] },
    'one that exists is not unique either',
  )
})

void t.test('test_kanaal_delete: a kanaal cannot be deleted', async (t) => {
  const app = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const { path } = await made(app)
  const refused = await app.call('DELETE', path)
  t.equal(refused.statusCode, 405)
  t.equal(refused.headers.allow, 'GET, HEAD, PUT, PATCH, OPTIONS')
  t.equal((await app.call('GET', path)).statusCode, 200)
})

onEachDatabase(t, 'test_kanaal_filter_naam: ?naam= finds exactly that one', async (t, url) => {
  const app = await startTestApp(t, url)
  const all = [await made(app), await made(app, { naam: 'docs2' }), await made(app, { naam: 'Docs' })]
  const naams = async (query: string): Promise<string[]> =>
    (await app.call('GET', `kanaal${query}`)).json<Kanaal[]>().map(({ naam }) => naam)
  t.strictSame(await naams('?naam=docs'), ['docs'])
  t.strictSame(await naams('?naam=doc'), [])
  t.strictSame(await naams('?naam='), ['docs', 'docs2', 'Docs'], 'an empty value is no filter; oldest first')
  t.strictSame(await naams('?naam=docs&naam=Docs'), ['Docs'], 'the last of several counts')
  const [{ path } = { path: '' }] = all
  t.equal((await app.call('GET', `${path}?naam=docs`)).statusCode, 200, 'also on one kanaal')
  t.equal((await app.call('GET', `${path}?naam=docs2`)).statusCode, 404)
})
