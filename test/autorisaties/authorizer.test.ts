// One story per rule of the cache, over the same Autorisaties API and clock.
import t, { type Test } from 'tap'
import { createAuthorizer, type Authorizer } from '../../src/autorisaties/authorizer.ts'
import type { Rights } from '../../src/autorisaties/authorize.ts'
import { DEFAULT_SETTINGS } from '../../src/common/model.ts'
import { Secret } from '../../src/common/secret.ts'
import type { Snapshot } from '../../src/common/snapshot.ts'
import { createEgress } from '../../src/egress/egress.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { AutorisatiesApi } from '../support/autorisaties-api.ts'
import { TestClock } from '../support/clock.ts'
import { freshDatabaseUrl, onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { snapshotOf } from '../support/snapshot.ts'

const MINUTE = 60_000
const CACHE_FOR = 5 * MINUTE
const STALE_FOR = 60 * MINUTE
const UPDATE = { actie: 'update', resourceUrl: 'http://ac/applicaties/x' }
const PUBLISH = ['notificaties.publiceren']

type World = {
  api: AutorisatiesApi
  clock: TestClock
  authorizer: Authorizer
  another: () => Authorizer
  use: (snapshot: Snapshot) => void
}

async function world(t: Test, url: string, parts: Partial<Snapshot> = {}): Promise<World> {
  const database = await openTestDatabase(t, url)
  const api = await AutorisatiesApi.start(t)
  const clock = new TestClock()
  let snapshot = snapshotOf({
    settings: { ...DEFAULT_SETTINGS, egress: { policy: 'private', allow: ['127.0.0.0/8'] } },
    autorisaties: {
      apiRoot: api.apiRoot,
      component: 'nrc',
      credential: null,
      cacheForMs: CACHE_FOR,
      staleForMs: STALE_FOR,
    },
    externalCredentials: [credential('other', 'http://elsewhere/', 'x'), credential('ac', api.apiRoot, api.secret)],
    ...parts,
  })
  const egress = createEgress({ policy: () => snapshot.settings.egress })
  t.teardown(() => egress.close())
  const logger = createLogger({ level: 'silent' })
  const another = (): Authorizer => createAuthorizer({ database, snapshot: () => snapshot, egress, clock, logger })
  return {
    api,
    clock,
    authorizer: another(),
    another,
    use: (next) => {
      snapshot = next
    },
  }
}

function credential(name: string, apiRoot: string, secret: string): Snapshot['externalCredentials'][number] {
  return {
    name,
    apiRoot,
    label: '',
    clientId: 'bode',
    secret: new Secret(secret),
    userId: 'bode',
    userRepresentation: 'Bode',
  }
}

const known = (scopes: string[], heeftAlleAutorisaties = false): Rights => ({
  kind: 'known',
  heeftAlleAutorisaties,
  scopes,
})

onEachDatabase(t, 'an answer is used for cacheFor, also by a replica and after a restart', async (t, url) => {
  const { api, clock, authorizer, another } = await world(t, url)
  api.knows({ clientIds: ['openzaak'], scopes: PUBLISH })
  t.strictSame(await authorizer.scopesOf('openzaak'), known(PUBLISH))
  clock.advance(CACHE_FOR - 1)
  t.strictSame(await authorizer.scopesOf('openzaak'), known(PUBLISH))
  t.strictSame(await another().scopesOf('openzaak'), known(PUBLISH))
  t.equal(api.requests.length, 1)
  clock.advance(1_001)
  await authorizer.scopesOf('openzaak')
  t.equal(api.requests.length, 2)
})

onEachDatabase(t, 'a refresh is seen by a replica within a second', async (t, url) => {
  const { api, clock, authorizer, another } = await world(t, url)
  const replica = another()
  api.knows({ clientIds: ['openzaak'], scopes: PUBLISH })
  await authorizer.scopesOf('openzaak')
  await replica.scopesOf('openzaak')
  api.knows({ clientIds: ['openzaak'], scopes: [] })
  await authorizer.refresh(UPDATE)
  t.strictSame(await authorizer.scopesOf('openzaak'), known([]))
  clock.advance(1_001)
  t.strictSame(await replica.scopesOf('openzaak'), known([]))
  t.equal(api.requests.length, 2)
})

onEachDatabase(t, 'while the API is down an old answer is used, up to staleFor', async (t, url) => {
  const { api, clock, authorizer } = await world(t, url)
  api.knows({ clientIds: ['openzaak'], scopes: PUBLISH })
  await authorizer.scopesOf('openzaak')
  api.failure = { status: 503 }
  await authorizer.refresh(UPDATE)
  t.strictSame(await authorizer.scopesOf('openzaak'), known(PUBLISH))
  t.strictSame(await authorizer.scopesOf('openzaak'), known(PUBLISH))
  t.equal(api.requests.length, 2, 'a failure is not asked for again at once')
  clock.advance(5_001)
  await authorizer.scopesOf('openzaak')
  t.equal(api.requests.length, 3)
  clock.advance(CACHE_FOR + STALE_FOR)
  t.strictSame(await authorizer.scopesOf('openzaak'), { kind: 'unknown', reason: 'unreachable' })
})

onEachDatabase(t, 'an applicatie that is gone takes its rights with it', async (t, url) => {
  const { api, authorizer, another } = await world(t, url)
  api.knows({ clientIds: ['openzaak'], scopes: PUBLISH })
  await authorizer.scopesOf('openzaak')
  api.knows()
  await authorizer.refresh(UPDATE)
  t.strictSame(await authorizer.scopesOf('openzaak'), { kind: 'unknown', reason: 'no-applicatie' })
  api.failure = { status: 503 }
  t.strictSame(await another().scopesOf('openzaak'), { kind: 'unknown', reason: 'unreachable' })
})

void t.test('one question at a time per client', async (t) => {
  const { api, authorizer } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  api.knows({ clientIds: ['a'], scopes: PUBLISH }, { clientIds: ['b'], heeftAlleAutorisaties: true })
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => authorizer.scopesOf(index % 2 === 0 ? 'a' : 'b')),
  )
  t.strictSame(answers.slice(0, 2), [known(PUBLISH), known([], true)])
  t.equal(api.requests.length, 2)
})

void t.test('every page is read, and nothing that is not about this client or component', async (t) => {
  const { api, authorizer } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  api.pageSize = 1
  api.knows(
    {
      clientIds: ['openzaak'],
      autorisaties: [{ component: 'zrc', scopes: ['zaken.lezen'], zaaktype: 'http://openzaak:8000/x' }],
    },
    { clientIds: ['openzaak', 'other'], scopes: PUBLISH },
    {
      clientIds: ['openzaak'],
      autorisaties: [
        { component: 'nrc', scopes: 'none' },
        null,
        { component: 'nrc', scopes: [1, 'notificaties.consumeren'] },
      ],
    },
  )
  t.strictSame(await authorizer.scopesOf('openzaak'), known([...PUBLISH, 'notificaties.consumeren']))
  t.equal(api.requests.length, 3)
  t.match(api.requests[0]?.path, /applicaties\?clientIds=openzaak$/)
})

void t.test('an API that ignores the query does not hand out the rights of others', async (t) => {
  const { api, authorizer } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  const mighty = { url: `${api.apiRoot}applicaties/1`, heeftAlleAutorisaties: true }
  const results = [mighty, { ...mighty, clientIds: 'openzaak' }, { ...mighty, clientIds: ['other'] }]
  api.failure = { status: 200, body: JSON.stringify({ results }) }
  t.strictSame(await authorizer.scopesOf('openzaak'), { kind: 'unknown', reason: 'no-applicatie' })
})

void t.test('our own credential can be wrong, missing or named', async (t) => {
  const { api, clock, authorizer, use } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  const autorisaties = {
    apiRoot: api.apiRoot,
    component: 'nrc' as const,
    credential: null,
    cacheForMs: 1,
    staleForMs: 0,
  }
  const settings = { ...DEFAULT_SETTINGS, egress: { policy: 'private' as const, allow: ['127.0.0.0/8'] } }
  const ask = async (parts: Partial<Snapshot>): Promise<Rights> => {
    use(snapshotOf({ settings, autorisaties, ...parts }))
    clock.advance(5_001)
    return authorizer.scopesOf('openzaak')
  }
  api.knows({ clientIds: ['openzaak'], scopes: PUBLISH })
  t.match(await ask({ externalCredentials: [credential('ac', api.apiRoot, 'wrong')] }), { reason: 'not-authenticated' })
  t.match(await ask({ externalCredentials: [] }), { reason: 'not-configured' })
  t.match(await ask({ autorisaties: undefined }), { reason: 'not-configured' })
  const both = [credential('short', api.apiRoot.slice(0, -3), 'wrong'), credential('long', api.apiRoot, api.secret)]
  t.strictSame(await ask({ externalCredentials: both }), known(PUBLISH), 'the longest API root')
  t.match(
    await ask({ externalCredentials: both, autorisaties: { ...autorisaties, credential: 'short' } }),
    { reason: 'not-authenticated' },
    'the named one',
  )
})

void t.test('scopes of the configuration need no Autorisaties API', async (t) => {
  const clientCredentials = new Map([
    [
      'zac',
      {
        id: 'zac',
        clientId: 'zac',
        authorizedBy: 'configuration' as const,
        scopes: ['notificaties.consumeren' as const],
        secrets: [],
      },
    ],
  ])
  const { api, authorizer } = await world(t, await freshDatabaseUrl(t, 'sqlite'), { clientCredentials })
  t.strictSame(await authorizer.scopesOf('zac'), known(['notificaties.consumeren']))
  t.equal(api.requests.length, 0)
})

void t.test('answers of another Autorisaties API are forgotten', async (t) => {
  const { api, authorizer, use } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  api.knows({ clientIds: ['openzaak'], scopes: PUBLISH })
  await authorizer.scopesOf('openzaak')
  use(snapshotOf())
  t.strictSame(await authorizer.scopesOf('openzaak'), { kind: 'unknown', reason: 'not-configured' })
})

void t.test('a client with an old answer does not wait for an API that hangs', async (t) => {
  const { api, authorizer } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  api.knows({ clientIds: ['openzaak'], scopes: PUBLISH })
  await authorizer.scopesOf('openzaak')
  api.failure = 'hang'
  await authorizer.refresh(UPDATE)
  const startedAt = performance.now()
  t.strictSame(await authorizer.scopesOf('openzaak'), known(PUBLISH))
  t.ok(performance.now() - startedAt < 5_000)
  t.strictSame(await authorizer.scopesOf('openzaak'), known(PUBLISH))
})
