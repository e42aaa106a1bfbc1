// The Autorisaties API of Open Zaak, which decides what a publisher may and tells when that changes
// (real-clients trap 14).
import t, { type Test } from 'tap'
import { AutorisatiesApi } from '../support/autorisaties-api.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { MaykinClient } from './maykin.ts'
import { jsonOf, KANALEN, startBode, type Bode } from './support.ts'

type World = Bode & { api: AutorisatiesApi; objecten: MaykinClient; openZaak: MaykinClient }

const HOUR = 3_600_000

/** Open Zaak may publish by the configuration; what the Objects API may is for its Autorisaties API to say. */
async function world(t: Test, url: string): Promise<World> {
  const api = await AutorisatiesApi.start(t)
  const bode = await startBode(t, url, {
    kanalen: { ...KANALEN, autorisaties: [] },
    clients: { openzaak: ['notificaties.publiceren'], objecten: 'autorisaties' },
    autorisaties: { apiRoot: api.apiRoot, component: 'nrc', credential: null, cacheForMs: HOUR, staleForMs: HOUR },
    externalCredential: { apiRoot: api.apiRoot, clientId: api.clientId, secret: api.secret },
  })
  const client = (clientId: string) =>
    new MaykinClient({ apiRoot: bode.apiRoot, now: () => bode.clock.now(), clientId })
  return { ...bode, api, objecten: client('objecten'), openZaak: client('openzaak') }
}

const publish = async (client: MaykinClient): Promise<number> =>
  (await client.call('POST', 'notificaties', messageBody())).status

/** What Open Zaak says when an applicatie changed. */
const changed = ({ apiRoot }: AutorisatiesApi, actie: string): object => {
  const url = `${apiRoot}applicaties/00000000-0000-4000-8000-000000000000`
  return messageBody({
    kanaal: 'autorisaties',
    resource: 'applicatie',
    hoofdObject: url,
    resourceUrl: url,
    actie,
    kenmerken: {},
  })
}

for (const path of ['callbacks', 'notificaties'] as const) {
  onEachDatabase(t, `what an applicatie may changes at once when Open Zaak says so at /${path}`, async (t, url) => {
    const { api, objecten, openZaak } = await world(t, url)
    api.knows({ clientIds: ['objecten'], scopes: ['notificaties.consumeren'] })
    t.equal(await publish(objecten), 403)
    api.knows({ clientIds: ['objecten'], scopes: ['notificaties.publiceren'] })
    t.equal(await publish(objecten), 403, 'remembered')
    const told = await openZaak.call('POST', path, changed(api, 'update'))
    t.match(told, path === 'callbacks' ? { status: 204, text: '' } : { status: 201 })
    t.equal(await publish(objecten), 201)

    api.knows()
    await openZaak.call('POST', path, changed(api, 'destroy'))
    t.equal(await publish(objecten), 403)
  })
}

void t.test('the callback of the Autorisaties API is not for everybody', async (t) => {
  const { api, objecten, apiRoot } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  api.knows({ clientIds: ['objecten'], scopes: ['notificaties.consumeren'] })
  const reply = await objecten.call('POST', 'callbacks', changed(api, 'create'))
  t.match(jsonOf(reply), { status: 403, code: 'permission_denied' })
  const stranger = new MaykinClient({ apiRoot, now: Date.now, authorization: '' })
  t.equal((await stranger.call('POST', 'callbacks', changed(api, 'create'))).status, 403)
})

void t.test('without an Autorisaties API nobody is asked, and who depends on one is refused', async (t) => {
  const { apiRoot, clock } = await startBode(t, await freshDatabaseUrl(t, 'sqlite'), {
    clients: { objecten: 'autorisaties' },
  })
  const client = new MaykinClient({ apiRoot, now: () => clock.now(), clientId: 'objecten' })
  t.match(jsonOf(await client.call('POST', 'notificaties', messageBody())), {
    status: 403,
    code: 'permission_denied',
    detail: /geen Autorisaties API geconfigureerd/,
  })
})
