import t from 'tap'
import type { Snapshot } from '../../src/common/snapshot.ts'
import { bumpEpoch } from '../../src/db/catalog.ts'
import type { Database } from '../../src/db/open.ts'
import { createPublisher, type Publisher, type PublisherOptions } from '../../src/notificaties/publish.ts'
import { readCloudEvent } from '../../src/notificaties/read-event.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { TestClock } from '../support/clock.ts'
import { eventBody, EVERY_EVENT } from '../support/cloud-event.ts'
import { aroundRaw, losesAnswers } from '../support/commits.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { notificatieOf } from '../support/notificatie.ts'
import { abonnementOf, byKey, snapshotOf } from '../support/snapshot.ts'

const BY = { clientId: 'openzaak' }
const ENTRY = { naam: 'zaken', filters: {}, acties: [], resources: [] }

/** Each of `ids` gets every message and every event of these tests. */
const snapshotAt = (epoch: number, ...ids: string[]): Snapshot =>
  snapshotOf({
    epoch,
    abonnementen: byKey(
      'id',
      ids.map((id) => abonnementOf(id, { kanalen: [ENTRY], cloudEvents: EVERY_EVENT })),
    ),
  })

function publisherOver(database: Database, options: Partial<PublisherOptions> = {}): Publisher {
  return createPublisher({
    database,
    snapshot: () => snapshotAt(1, 'a'),
    reload: async () => snapshotAt(2, 'a', 'new'),
    clock: new TestClock(),
    logger: createLogger({ level: 'silent' }),
    onCommitted: () => {},
    ...options,
  })
}

onEachDatabase(t, 'events and messages share a transaction, and both are matched again', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await database.transaction((tx) => bumpEpoch(tx))
  let transactions = 0
  const counted = aroundRaw(database, (...given) => {
    transactions += 1
    return database.rawTransaction(...given)
  })
  const committed = new Set<string>()
  const publisher = publisherOver(counted, { onCommitted: (ids) => ids.forEach((id) => committed.add(id)) })
  const published = await Promise.all([
    publisher.publish(notificatieOf(), BY),
    publisher.publishEvent(readCloudEvent(eventBody()), BY),
    publisher.publishEvent(readCloudEvent(eventBody({ type: 'com.example' })), BY),
  ])
  const counts = published.map(({ id }) => database.reader.delivery.count({ where: { notificatieId: id } }))
  t.strictSame(await Promise.all(counts), [2, 2, 0])
  t.equal(transactions, 2, 'one that found the catalog moved, and one')
  t.match(
    await database.reader.notificatie.findMany({ orderBy: { sequence: 'asc' } }),
    published.map(({ id }, index) => ({ id, kanaal: index === 0 ? 'zaken' : /^$/, format: index === 0 ? 1 : 2 })),
  )
  t.strictSame(committed, new Set(['a', 'new']))
})

onEachDatabase(t, 'an event whose COMMIT answer got lost is settled by looking', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const publisher = publisherOver(losesAnswers(database))
  t.match(await publisher.publishEvent(readCloudEvent(eventBody()), BY), { repeated: false })
  t.equal(await database.reader.notificatie.count(), 1)
  t.equal(await database.reader.delivery.count(), 1)
})
