// What happens when a change is told of at the worst moment.
import t, { type Test } from 'tap'
import { ApplicatieCache } from '../../src/autorisaties/applicatie-cache.ts'
import type { Rights } from '../../src/autorisaties/authorize.ts'
import type { Consultation } from '../../src/autorisaties/autorisaties-api.ts'
import type { Database } from '../../src/db/open.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { TestClock } from '../support/clock.ts'
import { freshDatabaseUrl, openTestDatabase } from '../support/databases.ts'

const UUID = '0d5d2bb4-0f4c-4d1a-9b5c-3f6b9d0c7a11'
const known = (...scopes: string[]): Rights => ({ kind: 'known', heeftAlleAutorisaties: false, scopes })

class Gate {
  open: () => void = () => {}
  readonly passed = new Promise<void>((resolve) => {
    this.open = resolve
  })
}

type World = {
  cache: ApplicatieCache
  clock: TestClock
  /** What the Autorisaties API says of now, and how often it was asked. */
  api: { scopes: string[] | 'down'; asked: number; hold: Gate | undefined }
  /** Holds back the next write. */
  holdWrite: () => Gate
}

async function world(t: Test, patienceMs = 1_000): Promise<World> {
  const database = await openTestDatabase(t, await freshDatabaseUrl(t, 'sqlite'))
  const clock = new TestClock()
  // Patience alone keeps no process alive; a server's sockets do.
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(alive))
  const api: World['api'] = { scopes: ['old'], asked: 0, hold: undefined }
  let write: Gate | undefined
  const held: Database = {
    ...database,
    reader: database.reader,
    transaction: async (work, options) => {
      const gate = write
      write = undefined
      await gate?.passed
      return database.transaction(work, options)
    },
  }
  const consult = async (): Promise<Consultation> => {
    api.asked += 1
    const { scopes, hold } = api
    await hold?.passed
    if (scopes === 'down') return { failure: 'unreachable', why: 'it is down' }
    return { applicaties: [{ uuid: UUID, heeftAlleAutorisaties: false, scopes }] }
  }
  const cache = new ApplicatieCache({
    database: held,
    clock,
    logger: createLogger({ level: 'silent' }),
    consult,
    periods: () => ({ cacheForMs: 60_000, staleForMs: 60_000 }),
    patienceMs,
  })
  const holdWrite = (): Gate => {
    write = new Gate()
    return write
  }
  return { cache, clock, api, holdWrite }
}

void t.test('who asks after a change does not get the answer to a question from before it', async (t) => {
  const { cache, api } = await world(t)
  const gate = new Gate()
  api.hold = gate
  const before = cache.rightsOf('zac')
  await until(() => api.asked === 1)
  await cache.expire()
  api.scopes = ['new']
  api.hold = undefined
  t.strictSame(await cache.rightsOf('zac'), known('new'))
  gate.open()
  t.strictSame(await before, known('old'))
  t.strictSame(await cache.rightsOf('zac'), known('new'), 'and what came late is not kept')
})

void t.test('a change that comes while an answer is written down ends it', async (t) => {
  const { cache, api, clock, holdWrite } = await world(t)
  const gate = holdWrite()
  const before = cache.rightsOf('zac')
  await until(() => api.asked === 1)
  await new Promise(setImmediate)
  await cache.remove(UUID)
  api.scopes = 'down'
  gate.open()
  t.strictSame(await before, known('old'))
  clock.advance(5_001)
  t.strictSame(await cache.rightsOf('zac'), { kind: 'unknown', reason: 'unreachable' })
})

void t.test('rights that were withdrawn while somebody waited are not handed out after it', async (t) => {
  const { cache, api, clock } = await world(t, 20)
  await cache.rightsOf('zac')
  clock.advance(60_001)
  api.hold = new Gate()
  t.strictSame(await cache.rightsOf('zac'), known('old'), 'the old answer, for the new one takes long')
  t.strictSame(await cache.rightsOf('zac'), known('old'))
  t.equal(api.asked, 2, 'and it is not asked for again at once')
  await cache.remove(UUID)
  api.scopes = 'down'
  api.hold.open()
  api.hold = undefined
  t.strictSame(await cache.rightsOf('zac'), { kind: 'unknown', reason: 'unreachable' })
})

void t.test('an old answer ends at its bound, also for who was just given it', async (t) => {
  const { cache, api, clock } = await world(t, 20)
  await cache.rightsOf('zac')
  clock.advance(119_000)
  api.hold = new Gate()
  t.strictSame(await cache.rightsOf('zac'), known('old'))
  clock.advance(1_001)
  t.strictSame(await cache.rightsOf('zac'), { kind: 'unknown', reason: 'unreachable' })
  api.hold.open()
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}
