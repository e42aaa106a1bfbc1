import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { claimDeliveries } from '../../src/db/claim-deliveries.ts'
import type { Database } from '../../src/db/open.ts'
import { createPublisher } from '../../src/notificaties/publish.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { freshDatabaseUrl, onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { countDeliveries, insertDeliveries } from '../support/deliveries.ts'
import { engineWorld } from '../support/engine.ts'
import { notificatieOf } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'
import { abonnementOf, byKey, kanaalOf, snapshotOf } from '../support/snapshot.ts'

/** Makes the database itself refuse each COMMIT with a message in it; PostgreSQL takes its time for that. */
const REFUSE_COMMITS = {
  postgresql: [
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN PERFORM pg_sleep(0.3); RAISE EXCEPTION 'refused'; END $$`,
    `CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON notificatie
     DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`,
  ],
  sqlite: [
    'CREATE TABLE parent (id TEXT PRIMARY KEY)',
    'CREATE TABLE child (id TEXT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)',
    'CREATE TRIGGER refuse AFTER INSERT ON notificatie BEGIN INSERT INTO child VALUES (new.id); END',
  ],
}
const ALLOW_COMMITS = { postgresql: 'DROP TRIGGER refuse ON notificatie', sqlite: 'DROP TRIGGER refuse' }

onEachDatabase(t, 'I2: of a COMMIT that fails nothing is delivered, before or after', async (t, url, provider) => {
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url, { settings: { pollMs: 5 } })
  world.subscribe('a', receiver.url)
  const { database } = world
  const publisher = publisherTo(database, (ids) => world.engine.nudge(ids))
  await run(database, ...REFUSE_COMMITS[provider])
  await t.rejects(publisher.publish(notificatieOf(), { clientId: 'zaken' }), { name: 'Problem' })
  t.strictSame(await countDeliveries(database), { ready: 0, leased: 0, done: {}, attempts: 0 })
  t.equal(receiver.requests.length, 0)

  await run(database, ALLOW_COMMITS[provider])
  await publisher.publish(notificatieOf(), { clientId: 'zaken' })
  await world.drained()
  t.equal(receiver.requests.length, 1)
})

void t.test('I17: on PostgreSQL a claim passes over what another is claiming, and waits for nobody', async (t) => {
  const url = await freshDatabaseUrl(t, 'postgresql')
  const [database, other] = await Promise.all([openTestDatabase(t, url), openTestDatabase(t, url)])
  await insertDeliveries(database, { abonnementIds: ['a'], count: 4, now: 1_000 })
  const lanes = [{ abonnementId: 'a', room: 4, leasedUntilAt: 9_000 }]
  const first = await other.transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM delivery ORDER BY sequence LIMIT 2 FOR UPDATE`
    const claim = claimDeliveries(database, { owner: 'b', now: 1_000, lanes })
    return Promise.race([claim, sleep(2_000, undefined)])
  })
  t.strictSame(
    first?.deliveries.map(({ sequence }) => sequence),
    [3, 4],
  )
})

function publisherTo(database: Database, onCommitted: (ids: ReadonlySet<string>) => void) {
  const kanalen = [{ naam: 'zaken', filters: {}, acties: [], resources: [] }]
  const snapshot = snapshotOf({
    kanalen: byKey('naam', [kanaalOf('zaken')]),
    abonnementen: byKey('id', [abonnementOf('a', { kanalen })]),
  })
  const logger = createLogger({ level: 'silent' })
  const reload = async () => snapshot
  return createPublisher({
    database,
    snapshot: () => snapshot,
    reload,
    clock: { now: () => 1_000 },
    logger,
    onCommitted,
  })
}

async function run(database: Database, ...statements: string[]): Promise<void> {
  await database.transaction(async (tx) => {
    for (const statement of statements) await tx.$executeRawUnsafe(statement)
  })
}
