// Who may do what (behaviour reference §4.1), under the names of Open Notificaties' tests.
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { startTestApp, type TestApp } from '../support/app.ts'
import { AutorisatiesApi } from '../support/autorisaties-api.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'

const CONSUME = 'notificaties.consumeren'
const PUBLISH = 'notificaties.publiceren'
const OWN = { consumer: randomUUID(), publisher: randomUUID() }
const UNKNOWN = randomUUID()

type World = TestApp & { kanaal: string; abonnement: Record<'consumer' | 'publisher', string> }

/** Two clients with one scope and one abonnement each, one with all autorisaties, and a kanaal. */
async function world(t: Test): Promise<World> {
  const api = await AutorisatiesApi.start(t)
  api.knows({ clientIds: ['superuser'], heeftAlleAutorisaties: true })
  const callbackUrl = 'http://127.0.0.1:1/'
  const app = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), {
    clients: { consumer: [CONSUME], publisher: [PUBLISH], superuser: 'autorisaties' },
    kanalen: { zaken: ['bronorganisatie', 'zaaktype', 'vertrouwelijkheidaanduiding'] },
    abonnementen: [
      { id: OWN.consumer, owner: 'client:consumer', callbackUrl },
      { id: OWN.publisher, owner: 'client:publisher', callbackUrl },
    ],
    settings: { callbacks: { probe: 'off' } },
    autorisaties: { apiRoot: api.apiRoot, component: 'nrc', credential: null, cacheForMs: 60_000, staleForMs: 0 },
    externalCredential: { apiRoot: api.apiRoot, clientId: api.clientId, secret: api.secret },
  })
  const kanaal = `kanaal/${app.snapshot().kanalen.get('zaken')?.id}`
  return {
    ...app,
    kanaal,
    abonnement: { consumer: `abonnement/${OWN.consumer}`, publisher: `abonnement/${OWN.publisher}` },
  }
}

const ABONNEMENT = { callbackUrl: 'http://127.0.0.1:1/', auth: 'Bearer x', kanalen: [{ naam: 'zaken', filters: {} }] }

/** Refuses, and says which scope is missing. */
const lacks = (scope: string) => ({
  status: 403,
  code: 'permission_denied',
  detail: new RegExp(`Nodig is de scope ${scope}`),
})

const NO_TOKEN = { authorization: '' }
const TRUNCATED = { authorization: 'Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ0ZXN0' }

void t.test(
  'NotificationsScopeForbidden.test_cannot_create_without_correct_scope: without a whole token nothing is made',
  async (t) => {
    const { call } = await world(t)
    for (const path of ['abonnement', 'kanaal', 'notificaties']) {
      for (const [headers, code] of [
        [NO_TOKEN, 'permission_denied'],
        [TRUNCATED, 'jwt-decode-error'],
      ] as const) {
        t.match((await call('POST', path, {}, { headers })).json(), { status: 403, code }, path)
      }
    }
  },
)

void t.test(
  'NotificationsScopeForbidden.test_cannot_read_without_correct_scope: without a whole token nothing is read',
  async (t) => {
    const { call, kanaal, abonnement } = await world(t)
    for (const path of ['abonnement', abonnement.consumer, 'kanaal', kanaal, `kanaal/${UNKNOWN}`]) {
      for (const [headers, code] of [
        [NO_TOKEN, 'permission_denied'],
        [TRUNCATED, 'jwt-decode-error'],
      ] as const) {
        t.match((await call('GET', path, undefined, { headers })).json(), { status: 403, code }, path)
      }
    }
  },
)

/** What either scope may read, under the name of the test that says so. */
const reads: [name: string, path: (world: World) => string][] = [
  ['AbonnementRead.test_abonnement_list: either scope lists them', () => 'abonnement'],
  ['AbonnementRead.test_abonnement_retreive: either scope reads one', ({ abonnement }) => abonnement.consumer],
  ['KanaalRead.test_kanaal_list: either scope lists them', () => 'kanaal'],
  ['KanaalRead.test_kanaal_retreive: either scope reads one', ({ kanaal }) => kanaal],
]
for (const [name, path] of reads) {
  void t.test(name, async (t) => {
    const made = await world(t)
    for (const as of ['consumer', 'publisher']) {
      t.equal((await made.call('GET', path(made), undefined, { as })).statusCode, 200, as)
    }
  })
}

const superusers: [name: string, path: string][] = [
  ['AbonnementRead.test_read_superuser: heeftAlleAutorisaties will do', 'abonnement'],
  ['KanaalRead.test_read_superuser: heeftAlleAutorisaties will do', 'kanaal'],
]
for (const [name, path] of superusers) {
  void t.test(name, async (t) => {
    const { call } = await world(t)
    t.equal((await call('GET', path, undefined, { as: 'superuser' })).statusCode, 200)
  })
}

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Write = [method: Method, path: (world: World) => string, body: object | undefined, status: number]

/** What one scope alone may do: the name of the test for who may, and of the one for who may not. */
const writes: { may: string; mayNot: string; as: 'consumer' | 'publisher'; calls: Write[] }[] = [
  {
    may: 'AbonnementWrite.test_create_scope_ok: consumeren makes an abonnement',
    mayNot: 'AbonnementWrite.test_create_scope_not_ok: publiceren makes none',
    as: 'consumer',
    calls: [['POST', () => 'abonnement', ABONNEMENT, 201]],
  },
  {
    may: 'AbonnementWrite.test_update_scope_ok: consumeren changes its own abonnement',
    mayNot: 'AbonnementWrite.test_update_scope_not_ok: publiceren does not change its own',
    as: 'consumer',
    calls: [
      ['PUT', ({ abonnement }) => abonnement.consumer, ABONNEMENT, 200],
      ['PATCH', ({ abonnement }) => abonnement.consumer, { auth: 'Bearer y' }, 200],
    ],
  },
  {
    may: 'AbonnementWrite.test_delete_scope_ok: consumeren deletes its own abonnement',
    mayNot: 'AbonnementWrite.test_delete_scope_not_ok: publiceren does not delete its own',
    as: 'consumer',
    calls: [['DELETE', ({ abonnement }) => abonnement.consumer, undefined, 204]],
  },
  {
    may: 'KanaalWrite.test_create_scope_ok: publiceren makes a kanaal',
    mayNot: 'KanaalWrite.test_create_scope_not_ok: consumeren makes none',
    as: 'publisher',
    calls: [['POST', () => 'kanaal', { naam: 'besluiten' }, 201]],
  },
  {
    may: 'NotificatiesWrite.test_create_scope_ok: publiceren publishes',
    mayNot: 'NotificatiesWrite.test_create_scope_not_ok: consumeren does not publish',
    as: 'publisher',
    calls: [['POST', () => 'notificaties', messageBody(), 201]],
  },
]
for (const { may, mayNot, as, calls } of writes) {
  void t.test(may, async (t) => {
    const made = await world(t)
    for (const [method, path, body, status] of calls) {
      t.equal((await made.call(method, path(made), body, { as })).statusCode, status, method)
    }
  })
  void t.test(mayNot, async (t) => {
    const made = await world(t)
    const other = as === 'consumer' ? 'publisher' : 'consumer'
    const own = { ...made, abonnement: { ...made.abonnement, consumer: made.abonnement[other] } }
    for (const [method, path, body] of calls) {
      const response = await made.call(method, path(own), body, { as: other })
      t.match(response.json(), lacks(as === 'consumer' ? CONSUME : PUBLISH), method)
    }
  })
}

void t.test('publiceren is what callbacks take, and changing a kanaal', async (t) => {
  const { call, kanaal } = await world(t)
  for (const [method, path] of [
    ['POST', 'callbacks'],
    ['PUT', kanaal],
    ['PATCH', kanaal],
  ] as const) {
    t.match((await call(method, path, {}, { as: 'consumer' })).json(), lacks(PUBLISH), path)
    t.not((await call(method, path, {}, { as: 'publisher' })).statusCode, 403, path)
  }
})
