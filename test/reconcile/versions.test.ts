import t from 'tap'
import {
  newestVersions,
  secretVersionsAt,
  versionsAt,
  type ObjectVersion,
} from '../../src/db/configuration/object-versions.ts'
import type { Database } from '../../src/db/open.ts'
import { unseal } from '../../src/secrets/sealing.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { clientCredential, desired, envSecret, kanaal, NOW, wanted } from '../support/desired.ts'
import { apply } from '../support/reconcile.ts'
import { testMasterKey } from '../support/seed.ts'

const short = (versions: readonly ObjectVersion[]): string[] =>
  versions.map(({ key, generation, content }) => `${key}@${generation}${content === null ? ' gone' : ''}`).toSorted()

const previous = (variable: string) => envSecret(variable, { slot: 'previous', expiresAt: NOW + 60_000 })

async function secretsAt(database: Database, generation: number): Promise<string[]> {
  const found = await secretVersionsAt(database.reader, 'gemeente', generation)
  return found
    .map((row) => unseal(testMasterKey, row.ciphertext, { kind: 'clientCredentials', ...row }).reveal())
    .toSorted()
}

onEachDatabase(t, 'every generation can be told: which objects there were and what they said', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const steps = [
    [kanaal('a'), kanaal('b')],
    [kanaal('a', { filters: ['x'] }), kanaal('b')],
    [kanaal('a', { filters: ['x'] }), kanaal('c')],
    [kanaal('b')],
  ]
  for (const objects of steps) {
    await apply(database, wanted([desired('gemeente', objects)]))
    await apply(database, wanted([desired('other', [kanaal(`other${objects.length}`)])]))
  }
  // The generations of the other one lie between: 1, 3, 4 and 5 are ours.
  const at = async (generation: number) =>
    short(await versionsAt(database.reader, database.provider, 'gemeente', generation))
  t.strictSame(await at(0), [])
  t.strictSame(await at(2), ['a@1', 'b@1'])
  t.strictSame(await at(3), ['a@3', 'b@1'])
  t.strictSame(await at(4), ['a@3', 'c@4'])
  t.strictSame(await at(9), ['b@5'])
  t.strictSame(short(await newestVersions(database.reader, database.provider, ['gemeente'])), [
    'a@5 gone',
    'b@5',
    'c@5 gone',
  ])
  const [a] = await versionsAt(database.reader, database.provider, 'gemeente', 3)
  t.match(JSON.parse(a?.content ?? ''), { spec: { filters: ['x'] }, protected: false, secrets: [] })
})

onEachDatabase(t, 'a replaced value stays in its version; a slot that goes leaves nothing', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const credential = (...secrets: ReturnType<typeof envSecret>[]) =>
    wanted([desired('gemeente', [clientCredential('c', secrets)])])
  await apply(database, credential(envSecret('ONE'), previous('ZERO')))
  await apply(database, credential(envSecret('TWO'), previous('ONE')))
  t.strictSame(await secretsAt(database, 1), ['ONE', 'ZERO'])
  t.strictSame(await secretsAt(database, 2), ['ONE', 'TWO'])
  await apply(database, credential(envSecret('TWO')))
  t.strictSame(await secretsAt(database, 1), ['ONE'])
  t.strictSame(await secretsAt(database, 3), ['TWO'])
  await apply(database, wanted([desired('gemeente', [])]))
  t.equal(await database.reader.secretVersion.count(), 0)
  t.equal(await database.reader.objectVersion.count(), 4)
})

onEachDatabase(t, 'when a secret was last used is known for as long as its value stays', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const credential = (name: string, scopes: 'notificaties.consumeren'[]) =>
    clientCredential('c', [envSecret(name)], { authorizedBy: 'configuration', scopes })
  await apply(database, wanted([desired('gemeente', [credential('ONE', [])])]))
  await database.transaction((tx) => tx.secret.updateMany({ data: { lastUsedAt: 5n } }))
  const lastUse = async () => (await database.reader.secret.findFirstOrThrow()).lastUsedAt
  await apply(database, wanted([desired('gemeente', [credential('ONE', ['notificaties.consumeren'])])]))
  t.equal(await lastUse(), 5n)
  await apply(database, wanted([desired('gemeente', [credential('TWO', ['notificaties.consumeren'])])]))
  t.equal(await lastUse(), null)
})

onEachDatabase(t, 'the first apply on a database without versions makes one of every object', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, wanted([desired('gemeente', [kanaal('a'), clientCredential('c', [envSecret('ONE')])])]))
  await database.transaction(async (tx) => {
    await tx.objectVersion.deleteMany()
    await tx.secretVersion.deleteMany()
  })
  await apply(database, wanted([desired('gemeente', [kanaal('b')], { declared: new Set(['kanalen']) })]))
  t.strictSame(short(await newestVersions(database.reader, database.provider, ['gemeente'])), [
    'a@2 gone',
    'b@2',
    'c@2',
  ])
  t.strictSame(await secretsAt(database, 2), ['ONE'])
})

onEachDatabase(t, 'a value that ended is destroyed also when its slot gets another one', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const document = (variable: string, expiresAt: number) => [
    desired('gemeente', [
      clientCredential('a', [envSecret('ONE'), envSecret(variable, { slot: 'previous', expiresAt })]),
    ]),
  ]
  await apply(database, wanted(document('OLD', NOW + 1_000)))
  await apply(database, wanted(document('OTHER', NOW + 9_000), {}, { now: NOW + 5_000 }))
  const kept = await database.reader.secretVersion.findMany({ where: { slot: 'previous' } })
  t.match(kept, [{ generation: 2 }])
  t.equal(kept.length, 1)
  t.equal(await database.reader.secret.count({ where: { slot: 'previous' } }), 1)
})
