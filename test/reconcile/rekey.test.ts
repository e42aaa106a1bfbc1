import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Secret } from '../../src/common/secret.ts'
import { loadConfiguration } from '../../src/db/load-configuration.ts'
import { readMeta } from '../../src/db/meta.ts'
import type { Database } from '../../src/db/open.ts'
import { rekeyDatabase } from '../../src/reconcile/commit-rekey.ts'
import { contentHash } from '../../src/reconcile/content-hash.ts'
import { readCurrentState } from '../../src/reconcile/current-state.ts'
import type { Snapshot } from '../../src/common/snapshot.ts'
import type { Wanted } from '../../src/reconcile/planner.ts'
import { prepareRollback } from '../../src/reconcile/rollback.ts'
import { digestOfLive, digestOfState, readStateAt } from '../../src/reconcile/state-at.ts'
import { buildSnapshot } from '../../src/runtime/build-snapshot.ts'
import { createSecretOpener } from '../../src/runtime/open-secrets.ts'
import { fingerprint } from '../../src/secrets/fingerprint.ts'
import { loadMasterKey, newMasterKey, type MasterKey } from '../../src/secrets/master-key.ts'
import { seal } from '../../src/secrets/sealing.ts'
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
    const snapshot = await snapshotOf(database, key)
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
      drift: [],
      documents: [{ base: { generation: 3 } }],
    })
    t.match(await planOf(database, document(key)), { summary: { update: 2 } })
  }
  const { objects: live } = await readCurrentState(database, [], NOW)
  const declared = live.filter(({ owner }) => owner === 'gemeente')
  t.equal(digestOfLive(declared), (await readStateAt(database, 3)).generation.digest, 'a plan reads no version')
  const stored = await database.reader.clientCredential.findMany()
  t.strictSame(
    stored.map(({ hash }) => hash),
    declared.flatMap((object) => (object.kind === 'clientCredentials' ? [contentHash(object)] : [])),
  )
  const resolve = async () => ({ problem: 'nothing is asked for' })
  const choices = { allowance: { deletes: undefined, empty: false } }
  const back = await prepareRollback(database, [{ generation: 1 }], { masterKey: newKey, choices, resolve, now: NOW })
  t.strictSame([back.renewed, back.ended], [[], []])
  t.match(await planOf(database, back.wanted), { summary: { update: 2 } })
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

async function snapshotOf(database: Database, key: MasterKey): Promise<Snapshot> {
  const rows = await loadConfiguration(database)
  return buildSnapshot(rows, createSecretOpener(key)(rows))
}
