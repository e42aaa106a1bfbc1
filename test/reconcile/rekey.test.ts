import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { insertAbonnement } from '../../src/abonnementen/abonnement-rows.ts'
import { systemClock } from '../../src/common/clock.ts'
import { Secret } from '../../src/common/secret.ts'
import { loadConfiguration } from '../../src/db/load-configuration.ts'
import { readMeta } from '../../src/db/meta.ts'
import type { Database } from '../../src/db/open.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { rekeyDatabase } from '../../src/reconcile/commit-rekey.ts'
import type { Wanted } from '../../src/reconcile/planner.ts'
import { digestOfState, readStateAt } from '../../src/reconcile/state-at.ts'
import { waitForServers } from '../../src/reconcile/wait-for-servers.ts'
import { buildSnapshot } from '../../src/runtime/build-snapshot.ts'
import { startRuntime } from '../../src/runtime/runtime.ts'
import { fingerprint } from '../../src/secrets/fingerprint.ts'
import { loadMasterKey, newMasterKey, type MasterKey } from '../../src/secrets/master-key.ts'
import { seal, sealedWith } from '../../src/secrets/sealing.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import {
  abonnement,
  clientCredential,
  desired,
  envSecret,
  externalCredential,
  kanaal,
  NOW,
  wanted,
} from '../support/desired.ts'
import { query } from '../support/postgres.ts'
import { apply, applyOptions, planOf } from '../support/reconcile.ts'

const [oldText, newText] = [newMasterKey(), newMasterKey()]
const oldKey = loadMasterKey({ BODE_MASTER_KEY: oldText })
const newKey = loadMasterKey({ BODE_MASTER_KEY: newText })
const both = loadMasterKey({ BODE_MASTER_KEY: newText, BODE_PREVIOUS_MASTER_KEY: oldText })
const options = { audit: applyOptions.audit, clock: applyOptions.clock, lockTimeoutMs: 10_000 }

const OBJECTS = [
  kanaal('zaken'),
  clientCredential('a', [envSecret('ONE'), envSecret('OLD', { slot: 'previous', expiresAt: NOW + 1_000 })]),
  externalCredential('b', [envSecret('TWO')]),
  abonnement('c', {}, { secrets: [envSecret('KEY', { field: 'auth.value' })] }),
]

function document(masterKey: MasterKey, environment = {}, objects = OBJECTS): Wanted {
  return wanted([desired('gemeente', objects)], environment, { masterKey })
}

/** As the API makes one for a client. */
async function apiAbonnement(database: Database, id: string): Promise<void> {
  const place = { objectId: id, kind: 'abonnementen', field: 'auth.value', slot: 'current' }
  const value = new Secret('from the API')
  await database.transaction(async (tx) => {
    await tx.abonnement.create({
      data: {
        id,
        name: id,
        owner: 'client:zac',
        hash: '',
        callbackUrl: 'https://zac.example.nl',
        auth: '{"type":"api_key"}',
        kanalen: '[]',
        cloudEvents: '{"send":false,"filters":[]}',
        delivery: '{}',
        createdAt: 1n,
        updatedAt: 1n,
        updatedBy: 'zac',
      },
    })
    const sealed = { ciphertext: seal(oldKey, value, place), fingerprint: fingerprint(oldKey, value, place) }
    await tx.secret.create({ data: { ...place, ...sealed } })
  })
}

/** The bytes of the database, or on PostgreSQL the text of every row. */
async function everything(url: string): Promise<string> {
  if (!url.startsWith('file:')) {
    const [row] = await query<{ everything: string }>(
      url,
      `SELECT database_to_xml(true, false, '')::text AS everything`,
    )
    return row?.everything ?? ''
  }
  const folder = dirname(fileURLToPath(url))
  const files = readdirSync(folder).filter((name) => name.startsWith('bode.db'))
  return files.map((name) => readFileSync(join(folder, name), 'latin1')).join('')
}

onEachDatabase(t, 'after a rekey the new key opens everything, and nothing has changed', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, document(oldKey))
  await apply(database, document(oldKey, { ONE: 'another', KEY: 'another key' }))
  await apiAbonnement(database, '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8')
  const values = async (key: MasterKey) => {
    const snapshot = buildSnapshot(await loadConfiguration(database), key)
    return [
      ...[...snapshot.clientCredentials.values()].flatMap(({ secrets }) => secrets.map(({ value }) => value.reveal())),
      ...snapshot.externalCredentials.map(({ secret }) => secret.reveal()),
      ...[...snapshot.abonnementen.values()].map(({ authSecret }) => authSecret?.reveal()),
    ].toSorted((a, b) => String(a).localeCompare(String(b)))
  }
  const before = await values(oldKey)
  t.strictSame(before, ['another', 'another key', 'from the API', 'OLD', 'TWO'])
  t.ok((await everything(url)).includes(`v1.${oldKey.id}.`))

  const report = await rekeyDatabase(database, both, options)
  t.match(report, { from: oldKey.id, to: newKey.id, secrets: 5, generation: 3 })
  t.strictSame(await values(newKey), before)
  t.strictSame(await values(both), before)
  await t.rejects(values(oldKey), { name: 'Failure', kind: 'secret' })
  t.notOk((await everything(url)).includes(`v1.${oldKey.id}.`), 'no ciphertext of the old key is left')

  for (const key of [newKey, both]) {
    t.match(await planOf(database, document(key, { ONE: 'another', KEY: 'another key' })), {
      changes: [],
      documents: [{ base: { generation: 3 } }],
    })
    t.match(await planOf(database, document(key)), { summary: { update: 2 } })
  }
  for (const number of [1, 2, 3]) {
    const { generation, objects } = await readStateAt(database, number)
    t.equal(digestOfState(objects), generation.digest, `digest of generation ${number}`)
  }
  t.match(await database.reader.generation.findFirst({ where: { number: 3 } }), {
    operation: 'rekey',
    owner: 'gemeente',
  })
  t.equal(await rekeyDatabase(database, both, options), undefined, 'once is enough')
})

onEachDatabase(t, 'with both keys everything works before the rekey as after it', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, document(oldKey))
  t.strictSame((await planOf(database, document(both))).changes, [])
  await apply(database, document(both, { ONE: 'another' }))
  t.strictSame(
    (await planOf(database, document(oldKey, { ONE: 'another' }))).changes,
    [],
    'still sealed with the old one',
  )
  await rekeyDatabase(database, both, options)
  await apply(database, document(both, { ONE: 'a third' }))
  t.strictSame((await planOf(database, document(newKey, { ONE: 'a third' }))).changes, [])
})

onEachDatabase(
  t,
  'a server that has both keys runs on through a rekey, and writes with the one in use',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    await apply(database, document(oldKey))
    const runtime = await startRuntime({
      database,
      masterKey: both,
      clock: systemClock,
      logger: createLogger({ level: 'silent' }),
      server: { id: 'server-1', host: 'test', pid: 1, version: '0' },
      pollMs: 10,
      heartbeatMs: 20,
    })
    t.teardown(() => runtime.stop())
    const written = async (id: string): Promise<string> => {
      const spec = {
        callbackUrl: 'https://zac.example.nl',
        auth: { type: 'api_key' as const },
        kanalen: [],
        cloudEvents: { send: false, filters: [] },
        delivery: {},
      }
      const auth = new Secret('from the API')
      await database.transaction((tx) => insertAbonnement(tx, both, { id, owner: 'client:zac', spec, auth, now: 1 }))
      await runtime.reload()
      t.equal(runtime.snapshot().abonnementen.get(id)?.authSecret?.reveal(), 'from the API')
      return sealedWith((await database.reader.secret.findFirst({ where: { objectId: id } }))?.ciphertext ?? '')
    }
    t.equal(await written('a'), oldKey.id)
    const report = await rekeyDatabase(database, both, options)
    const servers = await waitForServers(database, report?.generation ?? 0, { timeoutMs: 10_000, clock: systemClock })
    t.match(servers, [{ id: 'server-1', state: 'ok' }])
    t.equal(runtime.snapshot().clientCredentials.get('a')?.secrets[0]?.value.reveal(), 'ONE')
    t.equal(await written('b'), newKey.id)
  },
)

onEachDatabase(t, 'a rekey with wrong keys changes nothing', async (t, url) => {
  const database = await openTestDatabase(t, url)
  t.equal(await rekeyDatabase(database, both, options), undefined, 'nothing is sealed yet')
  await apply(database, document(oldKey))
  const stored = await readMeta(database.reader, 'master_key_check')
  const third = newMasterKey()
  const wrong = loadMasterKey({ BODE_MASTER_KEY: newText, BODE_PREVIOUS_MASTER_KEY: third })
  await t.rejects(rekeyDatabase(database, wrong, options), { kind: 'secret', message: new RegExp(oldKey.id) })
  t.equal(await readMeta(database.reader, 'master_key_check'), stored)
  t.strictSame((await planOf(database, document(oldKey))).changes, [])
})

onEachDatabase(t, 'a rekey that does not come to its end changes nothing', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, document(oldKey))
  const statements = await cutOff(database, Infinity)
  t.ok(statements.count > 6)
  const before = await everyRow(database)
  for (let after = 0; after < statements.count; after += 1) {
    await t.rejects(cutOff(database, after), { message: 'cut off' })
    t.strictSame(await everyRow(database), before, `after ${after} statements`)
  }

  /** Rekeys (back and forth), and fails after so many statements of the transaction. */
  async function cutOff(real: Database, after: number): Promise<{ count: number }> {
    const made = { count: 0 }
    const failing: Database = {
      ...real,
      transaction: (work, limits) =>
        real.transaction(async (tx) => {
          const count =
            (call: (...args: unknown[]) => unknown) =>
            (...args: unknown[]) => {
              if (made.count === after) throw new Error('cut off')
              made.count += 1
              return call.apply(tx, args)
            }
          return work(
            new Proxy(tx, {
              get: (target, name) =>
                name === '$executeRaw' || name === '$queryRaw'
                  ? count(target[name] as (...args: unknown[]) => unknown)
                  : target[name as keyof typeof target],
            }),
          )
        }, limits),
    }
    const inUse = (await readMeta(real.reader, 'master_key_check'))?.split('.')[1]
    const [from, to] = inUse === oldKey.id ? [oldText, newText] : [newText, oldText]
    await rekeyDatabase(failing, loadMasterKey({ BODE_MASTER_KEY: to, BODE_PREVIOUS_MASTER_KEY: from }), options)
    return made
  }
})

async function everyRow({ reader }: Database): Promise<unknown> {
  return {
    secrets: await reader.secret.findMany(),
    secretVersions: await reader.secretVersion.findMany(),
    objectVersions: await reader.objectVersion.findMany(),
    clients: await reader.clientCredential.findMany(),
    generations: await reader.generation.findMany(),
    meta: await reader.meta.findMany(),
  }
}
