import t from 'tap'
import { importCatalog, type Imported } from '../../src/abonnementen/import.ts'
import { Secret } from '../../src/common/secret.ts'
import type { Database } from '../../src/db/open.ts'
import { loadMasterKey, newMasterKey } from '../../src/secrets/master-key.ts'
import { startTestApp } from '../support/app.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { seedConfiguration } from '../support/seed-configuration.ts'
import { testMasterKey } from '../support/seed.ts'

const ZAC = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'
const KANAAL = '22222222-2222-4222-8222-222222222222'
const NOW = 1_700_000_000_000

/** One abonnement of client zac, with what differs. */
function imported(more: { auth?: string; callbackUrl?: string; clientId?: string } = {}): Imported {
  const { auth = 'Bearer c4n4ry', callbackUrl = 'https://zac.nl/in', clientId = 'zac' } = more
  const kanalen = [{ naam: 'zaken', filters: { zaaktype: 'x' }, acties: [], resources: [] }]
  const spec = {
    callbackUrl,
    auth: { type: 'api_key' as const },
    kanalen,
    cloudEvents: { send: false, filters: [] },
    delivery: {},
  }
  return { abonnementen: [{ id: ZAC, clientId, spec, auth: new Secret(auth) }], kanalen: [] }
}

const run = (database: Database, what: Imported) =>
  importCatalog(database, testMasterKey, what, { actor: 'operator:jan', now: NOW })
const counts = (created: number, updated: number, unchanged: number) => ({ created, updated, unchanged, gone: [] })

onEachDatabase(t, 'an imported abonnement is its client’s: not one line changes for it', async (t, url) => {
  const database = await openTestDatabase(t, url)
  t.strictSame(await run(database, imported()), counts(1, 0, 0))
  const { call, snapshot, reload } = await startTestApp(t, url, {
    kanalen: { zaken: ['zaaktype'] },
    settings: { callbacks: { probe: 'off' } },
  })
  await reload()
  t.match(snapshot().abonnementen.get(ZAC), { owner: 'client:zac', auth: { type: 'api_key' } })
  t.equal(snapshot().abonnementen.get(ZAC)?.authSecret?.reveal(), 'Bearer c4n4ry')
  t.match((await call('GET', `abonnement/${ZAC}`, undefined, { as: 'zac' })).json(), {
    url: new RegExp(`/abonnement/${ZAC}$`),
    callbackUrl: 'https://zac.nl/in',
    kanalen: [{ naam: 'zaken', filters: { zaaktype: 'x' } }],
  })
  const body = {
    callbackUrl: 'https://zac.nl/in',
    auth: 'Bearer c4n4ry',
    kanalen: [{ naam: 'zaken', filters: { zaaktype: 'x' } }],
  }
  t.equal((await call('PUT', `abonnement/${ZAC}`, body, { as: 'openzaak' })).statusCode, 403, 'another client')
  t.equal((await call('PUT', `abonnement/${ZAC}`, { ...body, auth: 'Bearer new' }, { as: 'zac' })).statusCode, 200)
  await t.rejects(run(database, imported()), { kind: 'conflict', message: /changed here by its client "zac"/ })
  t.equal((await call('DELETE', `abonnement/${ZAC}`, undefined, { as: 'zac' })).statusCode, 204)
})

onEachDatabase(t, 'an import may be repeated: it brings what changed at the source', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const epoch = async () => (await database.reader.catalog.findFirst())?.epoch
  const kanaal = { id: KANAAL, naam: 'zaken', documentatieLink: '', filters: ['zaaktype'] }
  const first = await epoch()
  t.strictSame(await run(database, { ...imported(), kanalen: [kanaal] }), counts(2, 0, 0))
  t.ok(((await epoch()) ?? 0n) > (first ?? 0n), 'the epoch moved')
  t.strictSame(await run(database, { ...imported(), kanalen: [kanaal] }), counts(0, 0, 2))
  const changed = { ...imported({ auth: 'Bearer other' }), kanalen: [{ ...kanaal, filters: ['bron'] }] }
  t.strictSame(await run(database, changed), counts(0, 2, 0))
  t.strictSame(
    await run(database, { ...imported({ auth: 'Bearer other', callbackUrl: 'https://b.nl/' }), kanalen: [] }),
    counts(0, 1, 0),
  )
  t.strictSame(await run(database, { abonnementen: [], kanalen: [] }), { ...counts(0, 0, 0), gone: [ZAC] })
  t.match(await database.reader.kanaal.findFirst(), {
    id: KANAAL,
    owner: 'client:open-notificaties',
    filters: '["bron"]',
  })
  t.equal(await database.reader.secret.count(), 1)
  const entry = { actor: 'operator:jan', action: 'configuration.import', result: 'done', at: BigInt(NOW) }
  const audit = await database.reader.audit.findMany({ orderBy: { id: 'asc' } })
  t.match(audit, [entry, entry, entry], 'an entry for each that wrote anything')
  t.strictSame(
    new Set(audit.map(({ detail }) => detail)),
    new Set([
      JSON.stringify({ created: 2, updated: 0, abonnementen: [ZAC], kanalen: ['zaken'] }),
      JSON.stringify({ created: 0, updated: 2, abonnementen: [ZAC], kanalen: ['zaken'] }),
      JSON.stringify({ created: 0, updated: 1, abonnementen: [ZAC], kanalen: [] }),
    ]),
  )
  t.match(await run(database, imported({ auth: '' })), { updated: 1 }, 'an empty auth is a value')
})

onEachDatabase(t, 'a conflict or another key leaves everything as it was', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await seedConfiguration(database, {
    kanalen: { zaken: [] },
    abonnementen: [{ id: ZAC, callbackUrl: 'https://a.nl/' }],
  })
  const other = { ...imported().abonnementen[0]!, id: '5a1c1f2e-6a2d-4a35-8f2e-0d0a6f1c2b3d' }
  const kanalen = [{ id: KANAAL, naam: 'zaken', documentatieLink: '', filters: [] }]
  const wanted = { abonnementen: [other, ...imported().abonnementen], kanalen }
  const message =
    /nothing was imported:\n {2}kanaal "zaken" is here already: the configuration "gemeente-test" declares it\n {2}abonnement 482a.*declares it/
  await t.rejects(run(database, wanted), { kind: 'conflict', message })
  t.equal(await database.reader.abonnement.count(), 1)
  t.strictSame(await run(database, { abonnementen: [other], kanalen: [] }), counts(1, 0, 0))
  const foreign = { ...other, clientId: 'drc' }
  await t.rejects(run(database, { abonnementen: [foreign], kanalen: [] }), { message: /it belongs to client "zac"/ })
  const wrongKey = loadMasterKey({ BODE_MASTER_KEY: newMasterKey() })
  await t.rejects(
    importCatalog(database, wrongKey, { abonnementen: [], kanalen: [] }, { actor: 'operator:jan', now: NOW }),
    {
      kind: 'secret',
      message: /master key/,
    },
  )
})
