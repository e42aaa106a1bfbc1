import t, { type Test } from 'tap'
import type { Database } from '../../src/db/open.ts'
import { bumpEpoch } from '../../src/db/catalog.ts'
import { DEFAULT_SETTINGS } from '../../src/common/model.ts'
import type { ClientCredential, Snapshot } from '../../src/common/snapshot.ts'
import {
  createPublisher,
  type Published,
  type Publisher,
  type PublisherOptions,
} from '../../src/notificaties/publish.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { TestClock } from '../support/clock.ts'
import { losesAnswers, neverCommits } from '../support/commits.ts'
import { freshDatabaseUrl, onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { notificatieOf } from '../support/notificatie.ts'
import { abonnementOf, byKey, snapshotOf } from '../support/snapshot.ts'

const BY = { clientId: 'openzaak' }
const ENTRY = { naam: 'zaken', filters: {}, acties: [], resources: [] }
const withAbonnementen = (epoch: number, ...ids: string[]): Snapshot =>
  snapshotOf({
    epoch,
    abonnementen: byKey(
      'id',
      ids.map((id) => abonnementOf(id, { kanalen: [ENTRY] })),
    ),
  })

function publisherOver(
  database: Database,
  options: Partial<PublisherOptions> = {},
): Publisher & { committed: string[][] } {
  const committed: string[][] = []
  const publisher = createPublisher({
    database,
    snapshot: () => withAbonnementen(1, 'a', 'b'),
    reload: async () => t.fail('no reload was expected') as never,
    clock: new TestClock(),
    logger: createLogger({ level: 'silent' }),
    onCommitted: (ids) => committed.push([...ids]),
    ...options,
  })
  return { ...publisher, committed }
}

/** How many abonnementen get it. */
function sentTo(database: Database, published: Published | undefined): Promise<number> {
  return database.reader.delivery.count({ where: { notificatieId: published?.id ?? '' } })
}

onEachDatabase(
  t,
  'messages get consecutive numbers in the order of acceptance, and one delivery each',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    const publisher = publisherOver(database)
    const published = await Promise.all(
      Array.from({ length: 50 }, (_, index) => publisher.publish(notificatieOf({ actie: `a${index}` }), BY)),
    )
    await publisher.publish(notificatieOf({ kanaal: 'documenten', actie: 'last' }), BY)
    const rows = await database.reader.notificatie.findMany({ orderBy: { sequence: 'asc' } })
    t.strictSame(
      rows.map(({ sequence }) => sequence),
      Array.from({ length: 51 }, (_, index) => BigInt(index + 1)),
    )
    t.strictSame(
      rows.slice(0, 50).map(({ id }) => id),
      published.map(({ id }) => id),
    )
    t.equal(await sentTo(database, published[0]), 2)
    t.equal(await database.reader.delivery.count(), 100)
    t.equal(await database.reader.delivery.count({ where: { notificatieId: rows[50]?.id ?? '' } }), 0)
    t.strictSame(new Set(publisher.committed.flat()), new Set(['a', 'b']))
  },
)

for (const [how, by] of [
  ['', BY],
  [' and the key is kept', { ...BY, idempotencyKey: 'once' }],
] as const) {
  onEachDatabase(t, `a catalog that moved is matched again, so a new abonnement gets it${how}`, async (t, url) => {
    const database = await openTestDatabase(t, url)
    await database.transaction((tx) => bumpEpoch(tx))
    let reloads = 0
    const reload = async (): Promise<Snapshot> => {
      reloads += 1
      return withAbonnementen(2, 'a', 'b', 'new')
    }
    const publisher = publisherOver(database, { reload })
    t.equal(await sentTo(database, await publisher.publish(notificatieOf(), by)), 3)
    t.equal(reloads, 1)
    t.equal(await database.reader.notificatie.count(), 1)
    t.strictSame((await database.reader.delivery.findMany()).map(({ abonnementId }) => abonnementId).toSorted(), [
      'a',
      'b',
      'new',
    ])
    const kept = await database.reader.idempotencyKey.count()
    t.equal(kept, 'idempotencyKey' in by ? 1 : 0)
  })
}

onEachDatabase(t, 'a writer of the catalog and an accept never pass each other', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const other = await openTestDatabase(t, url)
  let epoch = 1
  const publisher = publisherOver(database, {
    snapshot: () => withAbonnementen(epoch, `e${epoch}`),
    reload: async () => withAbonnementen(epoch, `e${epoch}`),
  })
  const moveEpoch = async (): Promise<void> => {
    await other.transaction((tx) => bumpEpoch(tx))
    epoch += 1
  }
  for (let round = 0; round < 20; round += 1) {
    const write = moveEpoch()
    const accepts = Array.from({ length: 5 }, () => publisher.publish(notificatieOf(), BY))
    await Promise.all([write, ...accepts])
    t.equal(await sentTo(database, await publisher.publish(notificatieOf({ actie: `round-${round}` }), BY)), 1)
    const { abonnementId } = await database.reader.delivery.findFirstOrThrow({ orderBy: { sequence: 'desc' } })
    t.equal(abonnementId, `e${round + 2}`)
  }
})

void t.test('on PostgreSQL an accept waits for a catalog write that is under way, and counts with it', async (t) => {
  const url = await freshDatabaseUrl(t, 'postgresql')
  const [database, other] = await Promise.all([openTestDatabase(t, url), openTestDatabase(t, url)])
  const publisher = publisherOver(database, { reload: async () => withAbonnementen(2, 'new') })
  let publishing: Promise<unknown> | undefined
  await other.transaction(async (tx) => {
    await bumpEpoch(tx)
    publishing = publisher.publish(notificatieOf(), BY)
    await Promise.race([publishing, somebodyWaits(other)])
  })
  await publishing
  t.match(await database.reader.delivery.findMany(), [{ abonnementId: 'new' }])
})

async function somebodyWaits(database: Database): Promise<void> {
  for (;;) {
    const [row] = await database.reader.$queryRaw<{ waiting: bigint }[]>`
      SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    if (row?.waiting !== 0n) return
  }
}

onEachDatabase(t, 'a COMMIT whose answer got lost is settled by looking', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const publisher = publisherOver(losesAnswers(database))
  t.equal(await sentTo(database, await publisher.publish(notificatieOf(), BY)), 2)
  t.equal(await database.reader.notificatie.count(), 1)
})

onEachDatabase(t, 'a COMMIT that did not happen is 503, and nothing is there', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const publisher = publisherOver(neverCommits(database))
  await t.rejects(publisher.publish(notificatieOf(), BY), { name: 'Problem', message: /niet worden opgeslagen/ })
  t.equal(await database.reader.notificatie.count(), 0)
  t.equal(await database.reader.delivery.count(), 0)
  t.strictSame(publisher.committed, [])
})

void t.test('when it cannot be found out whether a COMMIT happened, the answer is 503', async (t) => {
  const database = await openTestDatabase(t, await freshDatabaseUrl(t, 'sqlite'))
  const gone: Database = {
    ...losesAnswers(database),
    reader: new Proxy(
      {},
      { get: () => ({ findMany: async () => Promise.reject(new Error('gone')) }) },
    ) as Database['reader'],
  }
  await t.rejects(publisherOver(gone).publish(notificatieOf(), BY), {
    name: 'Problem',
    message: /niet worden opgeslagen/,
  })
})

void t.test('beyond the bound of the queue the answer is 503 at once, and the rest is stored', async (t) => {
  const database = await openTestDatabase(t, await freshDatabaseUrl(t, 'sqlite'))
  const publisher = publisherOver(database, { limits: { maxQueued: 3 } })
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => publisher.publish(notificatieOf(), BY)))
  t.strictSame(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
  )
  t.match(outcomes[4], { reason: { kind: 'unavailable', details: { detail: /te veel/ } } })
  await publisher.idle()
  t.equal(await database.reader.notificatie.count(), 3)
})

void t.test('one row that the database refuses does not fail its neighbours', async (t) => {
  const url = await freshDatabaseUrl(t, 'postgresql')
  const database = await openTestDatabase(t, url)
  const faults: unknown[] = []
  const publisher = publisherOver(database, { onWrite: (fault) => faults.push(fault) })
  const outcomes = await Promise.allSettled(
    ['zaken', 'b\0', 'zaken'].map((kanaal) => publisher.publish(notificatieOf({ kanaal }), BY)),
  )
  t.strictSame(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  t.equal(await database.reader.notificatie.count(), 2)
  t.strictSame(new Set(faults), new Set([undefined]), 'nor does it say anything of the database')
})

void t.test('a configured source is frozen into what is stored', async (t: Test) => {
  const database = await openTestDatabase(t, await freshDatabaseUrl(t, 'sqlite'))
  const { settings } = snapshotOf()
  const snapshot = snapshotOf({ settings: { ...settings, cloudEvents: { source: 'urn:configured' } } })
  await publisherOver(database, { snapshot: () => snapshot }).publish(notificatieOf(), BY)
  t.match((await database.reader.notificatie.findFirst())?.body, /"eventSource":"urn:configured"/)
})

onEachDatabase(
  t,
  'the source of CloudEvents is that of the client, when the configuration names one',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    const client = (clientId: string, more: Partial<ClientCredential>): ClientCredential => {
      return { id: clientId, clientId, authorizedBy: 'autorisaties', scopes: [], secrets: [], ...more }
    }
    const clientCredentials = byKey('clientId', [
      client('openzaak', { cloudEventsSource: 'urn:own' }),
      client('drc', {}),
    ])
    const settings = { ...DEFAULT_SETTINGS, cloudEvents: { source: 'urn:configured' } }
    const snapshot = snapshotOf({ settings, clientCredentials })
    const publisher = publisherOver(database, { snapshot: () => snapshot })
    for (const clientId of ['openzaak', 'drc', 'unknown']) await publisher.publish(notificatieOf(), { clientId })
    await publisher.publish(notificatieOf({ source: 'urn:message' }), BY)
    const rows = await database.reader.notificatie.findMany({ orderBy: { sequence: 'asc' } })
    t.strictSame(
      rows.map(({ body }) => /"(?:eventSource|source)":"([^"]+)"/.exec(body)?.[1]),
      ['urn:own', 'urn:configured', 'urn:configured', 'urn:message'],
    )
  },
)
