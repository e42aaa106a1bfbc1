// `register_kanalen` and the url check of the HTTP client (real-clients §1.1).
import t from 'tap'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { Receiver } from '../support/receiver.ts'
import { MaykinClient } from './maykin.ts'
import { reverseProxy } from './reverse-proxy.ts'
import { jsonOf, listOf, startBode } from './support.ts'

const documentation = 'https://openzaak.gemeente.nl/ref/kanalen/#'
const DECLARED = [
  { naam: 'besluiten', documentatieLink: `${documentation}besluiten`, filters: ['verantwoordelijke_organisatie'] },
  {
    naam: 'zaken',
    documentatieLink: `${documentation}zaken`,
    filters: ['bronorganisatie', 'zaaktype', 'zaaktype.catalogus', 'vertrouwelijkheidaanduiding'],
  },
]

onEachDatabase(t, 'register_kanalen makes what is not there and replaces what is, at its own url', async (t, url) => {
  const docs = await Receiver.start(t)
  const kanalen = DECLARED.map((kanaal) => ({ ...kanaal, documentatieLink: `${docs.url}/ref/kanalen/#${kanaal.naam}` }))
  const { apiRoot, clock } = await startBode(t, url, { kanalen: {} })
  const client = new MaykinClient({ apiRoot, now: () => clock.now() })
  t.strictSame(await client.registerKanalen(kanalen), ['created besluiten', 'created zaken'])
  t.strictSame(await client.registerKanalen(kanalen), ['updated besluiten', 'updated zaken'])

  const [besluiten, zaken] = kanalen
  if (besluiten === undefined || zaken === undefined) throw new Error('two kanalen')
  const longer = { ...besluiten, filters: [...besluiten.filters, 'besluittype', 'besluittype.catalogus'] }
  t.strictSame(await client.registerKanalen([longer]), ['updated besluiten'])
  const { url: of, ...stored } = listOf(await client.call('GET', 'kanaal?naam=besluiten'))[0] ?? {}
  t.strictSame(stored, longer)
  t.match(jsonOf(await client.call('GET', String(of))), stored)
  t.equal(docs.requests.length, 0, 'the documentation is not fetched')
})

void t.test('register_kanalen on kanalen that a configuration declares', async (t) => {
  const { apiRoot, clock, database, reload } = await startBode(t, await freshDatabaseUrl(t, 'sqlite'), {
    kanalen: Object.fromEntries(DECLARED.map(({ naam, filters }) => [naam, filters])),
  })
  const [besluiten] = DECLARED
  await database.transaction((tx) =>
    tx.kanaal.updateMany({
      where: { naam: 'besluiten' },
      data: { documentatieLink: besluiten?.documentatieLink ?? '' },
    }),
  )
  await reload()
  const client = new MaykinClient({ apiRoot, now: () => clock.now() })
  t.strictSame(
    await client.registerKanalen(DECLARED),
    ['updated besluiten', 'skipped zaken: HttpError HTTP 403'],
    'what is the same is fine; the other is skipped and does not stop the rest',
  )
})

/** How a client reaches Bode: the api root in its configuration, and where that really is. */
type Way = { what: string; root: (at: { origin: string; proxy: string }) => { apiRoot: string; via?: string } }

const WAYS: Way[] = [
  { what: 'by address', root: ({ origin }) => ({ apiRoot: `${origin}/api/v1/` }) },
  {
    what: 'by a single label, as in a compose file',
    root: ({ origin }) => ({ apiRoot: 'http://opennotificaties:8000/api/v1/', via: origin }),
  },
  {
    what: 'by the name of a service in a cluster',
    root: ({ origin }) => ({ apiRoot: 'http://nrc.gemeente.svc.cluster.local/api/v1/', via: origin }),
  },
  { what: 'through a trusted proxy', root: ({ proxy }) => ({ apiRoot: `${proxy}/api/v1/` }) },
]

void t.test(
  'a kanaal is updated however the publisher reaches Bode, because its url has the root that it called',
  async (t) => {
    for (const { what, root } of WAYS) {
      let origin = ''
      const proxy = await reverseProxy(t, () => origin)
      const settings = { http: { trustProxy: ['127.0.0.0/8'] } }
      const bode = await startBode(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: {}, settings })
      origin = bode.origin
      const client = new MaykinClient({ ...root({ origin, proxy }), now: () => bode.clock.now() })
      t.strictSame(await client.registerKanalen(DECLARED), ['created besluiten', 'created zaken'], what)
      t.strictSame(await client.registerKanalen(DECLARED), ['updated besluiten', 'updated zaken'], what)
    }
  },
)

void t.test('a kanaal is updated below a path, which publicUrl names', async (t) => {
  let origin = ''
  const proxy = await reverseProxy(t, () => origin, '/notificaties')
  const publicUrl = `${proxy}/notificaties`
  const bode = await startBode(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: {}, settings: { publicUrl } })
  origin = bode.origin
  const client = new MaykinClient({ apiRoot: `${publicUrl}/api/v1/`, now: () => bode.clock.now() })
  await client.registerKanalen(DECLARED)
  t.strictSame(await client.registerKanalen(DECLARED), ['updated besluiten', 'updated zaken'])
  t.strictSame(
    await new MaykinClient({ apiRoot: bode.apiRoot, now: () => bode.clock.now() }).registerKanalen(DECLARED),
    DECLARED.map(({ naam }) => `skipped ${naam}: InvalidUrl ${publicUrl}/api/v1/kanaal/${idOf(naam)}`),
    'who goes around the proxy finds urls that it may not call',
  )

  function idOf(naam: string): string {
    return bode.snapshot().kanalen.get(naam)?.id ?? 'none'
  }
})
