import t, { type Test } from 'tap'
import { systemClock } from '../../src/common/clock.ts'
import type { Database } from '../../src/db/open.ts'
import { recordSecretUses } from '../../src/db/secret-use.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { startRuntime, type Runtime } from '../../src/runtime/runtime.ts'
import { sealKeyCheck } from '../../src/secrets/key-check.ts'
import { loadMasterKey, newMasterKey } from '../../src/secrets/master-key.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { seedClientCredential, seedGeneration, testMasterKey } from '../support/seed.ts'

const otherKey = loadMasterKey({ BODE_MASTER_KEY: newMasterKey() })
const server = { id: 'server-1', host: 'test', pid: 1, version: '0' }

async function started(t: Test, database: Database, timing = { pollMs: 10, heartbeatMs: 20 }): Promise<Runtime> {
  const logger = createLogger({ level: 'silent' })
  const runtime = await startRuntime({
    database,
    masterKey: testMasterKey,
    clock: systemClock,
    logger,
    server,
    ...timing,
  })
  t.teardown(() => runtime.stop())
  return runtime
}

onEachDatabase(t, 'before the first apply nobody may call, and the generation is 0', async (t, url) => {
  const runtime = await started(t, await openTestDatabase(t, url))
  t.match(runtime.snapshot(), { generation: 0, autorisaties: undefined })
  t.equal(runtime.snapshot().clientCredentials.size, 0)
})

onEachDatabase(t, 'a new generation is in use without a restart, and the server says so', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const runtime = await started(t, database)
  await seedClientCredential(database, { clientId: 'open-zaak', secret: 's3cret-of-open-zaak' })
  await seedGeneration(database, 1)
  await until(() => runtime.snapshot().generation === 1)
  const credential = runtime.snapshot().clientCredentials.get('open-zaak')
  t.equal(credential?.secrets[0]?.value.reveal(), 's3cret-of-open-zaak')
  await until(async () => (await database.reader.server.findFirst())?.generation === 1)
  t.match(await database.reader.server.findMany(), [{ id: 'server-1', state: 'ok', reason: null }])
})

onEachDatabase(t, 'a configuration that cannot be built is refused and the last good one stays', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await seedGeneration(database, 1)
  const runtime = await started(t, database)
  await seedClientCredential(database, { clientId: 'zac', secret: 'sealed with another key', key: otherKey })
  await seedGeneration(database, 2)
  await until(async () => (await database.reader.server.findFirst())?.state === 'refused')
  t.match(await database.reader.server.findFirst(), { generation: 2, reason: /master key/ })
  t.equal(runtime.snapshot().generation, 1)
  t.equal(runtime.snapshot().clientCredentials.size, 0)
})

onEachDatabase(t, 'a write of the API is seen at once by reload, without a new generation', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const runtime = await started(t, database, { pollMs: 60_000, heartbeatMs: 60_000 })
  await database.transaction((tx) => tx.$executeRaw`UPDATE catalog SET epoch = epoch + 1`)
  const { epoch } = runtime.snapshot()
  t.equal((await runtime.reload()).epoch, epoch + 1)
})

onEachDatabase(t, 'a wrong master key stops the start', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await database.transaction((tx) =>
    tx.meta.create({ data: { key: 'master_key_check', value: sealKeyCheck(otherKey) } }),
  )
  await t.rejects(started(t, database), { name: 'Failure', kind: 'secret' })
})

onEachDatabase(t, 'a stopped server leaves no row behind', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const runtime = await started(t, database)
  t.equal(await database.reader.server.count(), 1)
  await runtime.stop()
  t.equal(await database.reader.server.count(), 0)
})

onEachDatabase(t, 'when a secret was last used is written with the heartbeat, never back in time', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await seedClientCredential(database, { clientId: 'open-zaak', secret: 's3cret-of-open-zaak' })
  await seedClientCredential(database, { clientId: 'zac', secret: 's3cret-of-zac' })
  const lastUsed = async (clientId: string): Promise<number | null> => {
    const row = await database.reader.secret.findFirst({ where: { objectId: `id-of-${clientId}` } })
    return row?.lastUsedAt === null ? null : Number(row?.lastUsedAt)
  }
  const runtime = await started(t, database)
  const use = { objectId: 'id-of-open-zaak', slot: 'current', fingerprint: '' }
  const before = runtime.clock.now()
  runtime.noteUse(use)
  runtime.noteUse({ ...use, objectId: 'id-of-zac', fingerprint: 'of the value before' })
  await until(async () => (await lastUsed('open-zaak')) !== null)
  t.ok(((await lastUsed('open-zaak')) ?? 0) >= before)
  t.equal(await lastUsed('zac'), null, 'the use of a value that was replaced is not that of the new one')

  const later = before + 3_600_000
  await recordSecretUses(database, [{ ...use, at: later }])
  await recordSecretUses(database, [{ ...use, at: later - 1 }])
  t.equal(await lastUsed('open-zaak'), later)
})

onEachDatabase(t, 'a server that stops writes down the uses that it still holds', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await seedClientCredential(database, { clientId: 'zac', secret: 's3cret-of-zac' })
  const runtime = await started(t, database, { pollMs: 60_000, heartbeatMs: 60_000 })
  runtime.noteUse({ objectId: 'id-of-zac', slot: 'current', fingerprint: '' })
  await runtime.stop()
  t.not((await database.reader.secret.findFirst())?.lastUsedAt, null)
})

/** Waits for `condition`, at most as long as the test may take. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}
