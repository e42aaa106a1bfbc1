import t from 'tap'
import type { AbonnementSpec, DeclaredClient } from '../../src/common/model.ts'
import { Secret } from '../../src/common/secret.ts'
import type { DesiredObject } from '../../src/config/desired-state.ts'
import type { Database } from '../../src/db/open.ts'
import type { Drift, Plan } from '../../src/reconcile/plan.ts'
import { planConfiguration, type Wanted } from '../../src/reconcile/planner.ts'
import { fingerprint } from '../../src/secrets/fingerprint.ts'
import { seal, unseal } from '../../src/secrets/sealing.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { abonnement, clientCredential, desired, envSecret, kanaal, NOW, wanted } from '../support/desired.ts'
import { apply, planOf } from '../support/reconcile.ts'
import { testMasterKey } from '../support/seed.ts'

const UUID = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'

const document = (objects: DesiredObject[], more: Partial<Wanted> = {}) =>
  wanted([desired('gemeente', objects)], {}, more)

/** `kanalen.zaken documentatieLink, kept`. */
function short({ address, fields, gone, kept }: Drift): string {
  return [address, gone ? 'gone' : fields.map(({ path }) => path).join(' '), ...(kept ? ['kept'] : [])].join(', ')
}

const outline = ({ drift, changes }: Plan): unknown => ({
  drift: drift.map(short),
  changes: changes.map(({ action, address }) => `${action} ${address}`),
})

/** An abonnement that its client `zac` may change. */
function theirs(may: DeclaredClient['may'], spec: Partial<AbonnementSpec> = {}): DesiredObject {
  const secrets = [envSecret('KEY', { field: 'auth.value' })]
  return abonnement('zac', { client: { clientId: 'zac', may }, ...spec }, { uuid: UUID, secrets })
}

const OTHER_KANALEN = JSON.stringify([{ naam: 'zaken', filters: { zaaktype: '1' }, acties: [], resources: [] }])

/** Writes to the abonnement as the API does for a client. */
async function write(database: Database, data: Record<string, string>, updatedBy = 'client:zac'): Promise<void> {
  await database.transaction((tx) =>
    tx.abonnement.update({ where: { id: UUID }, data: { ...data, updatedBy, updatedAt: BigInt(NOW + 5) } }),
  )
}

async function writeKey(database: Database, value: string): Promise<void> {
  const place = { objectId: UUID, kind: 'abonnementen', field: 'auth.value', slot: 'current' }
  const secret = new Secret(value)
  const data = {
    ciphertext: seal(testMasterKey, secret, place),
    fingerprint: fingerprint(testMasterKey, secret, place),
    reference: null,
  }
  await database.transaction((tx) => tx.secret.updateMany({ where: { objectId: UUID }, data }))
  await write(database, {})
}

async function keyOf(database: Database): Promise<string> {
  const row = await database.reader.secret.findFirstOrThrow({ where: { objectId: UUID } })
  return unseal(testMasterKey, row.ciphertext, row).reveal()
}

onEachDatabase(t, 'what was changed outside is shown apart, with who and when, and put back', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const objects = [kanaal('zaken', { documentatieLink: 'https://a.nl' }), kanaal('besluiten')]
  await apply(database, document(objects))
  await database.transaction(async (tx) => {
    const data = { documentatieLink: 'https://typo.nl', updatedBy: 'psql', updatedAt: BigInt(NOW + 5) }
    await tx.kanaal.update({ where: { naam: 'zaken' }, data })
    await tx.kanaal.delete({ where: { naam: 'besluiten' } })
  })
  const changed = [kanaal('zaken', { documentatieLink: 'https://a.nl', filters: ['x'] }), kanaal('besluiten')]
  const plan = await planOf(database, document(changed))
  t.strictSame(outline(plan), {
    drift: ['kanalen.besluiten, gone', 'kanalen.zaken, documentatieLink'],
    changes: ['create kanalen.besluiten', 'update kanalen.zaken'],
  })
  t.match(plan.drift[1], {
    fields: [{ path: 'documentatieLink', before: 'https://a.nl', after: 'https://typo.nl' }],
    changedBy: 'psql',
    changedAt: new Date(NOW + 5).toISOString(),
    kept: false,
  })
  t.match(plan.changes[1]?.fields, [
    { path: 'documentatieLink', before: 'https://typo.nl', after: 'https://a.nl', drift: true },
    { path: 'filters', drift: undefined },
  ])
  t.strictSame(plan.summary.drift, { putBack: 2, kept: 0 })
  await apply(database, document(changed))
  t.strictSame(outline(await planOf(database, document(changed))), { drift: [], changes: [] })
})

onEachDatabase(t, 'an object that is made again after it vanished has the id that it had', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const zaken = [kanaal('zaken')]
  await apply(database, document([...zaken, abonnement('a', {}, { uuid: UUID })]))
  await database.transaction((tx) => tx.abonnement.deleteMany())
  await apply(database, document([...zaken, abonnement('a')]))
  t.equal((await database.reader.abonnement.findFirstOrThrow()).id, UUID)
})

onEachDatabase(t, 'an object that vanished and is no longer declared is forgotten', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, document([kanaal('a'), clientCredential('b', [envSecret('ONE')])]))
  await database.transaction(async (tx) => {
    await tx.clientCredential.deleteMany()
    await tx.secret.deleteMany()
  })
  const plan = await planOf(database, document([kanaal('a')]))
  t.match(plan, { changes: [{ action: 'delete', address: 'clientCredentials.b', consequences: [/gone already/] }] })
  await apply(database, document([kanaal('a')]))
  t.equal(await database.reader.secretVersion.count(), 0, 'with the ciphertexts of its versions')
  t.strictSame(outline(await planOf(database, document([kanaal('a')]))), { drift: [], changes: [] })
})

onEachDatabase(t, 'drift in a section that is absent is shown and left', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, document([kanaal('a'), clientCredential('c', [envSecret('ONE')])]))
  await database.transaction((tx) => tx.clientCredential.updateMany({ data: { scopes: '["x"]' } }))
  const rest = (filters: string[]) =>
    wanted([desired('gemeente', [kanaal('a', { filters })], { declared: new Set(['kanalen']) })])
  const expected = { drift: ['clientCredentials.c, scopes, kept'], changes: [] }
  t.strictSame(outline(await planOf(database, rest([]))), expected)
  await apply(database, rest(['x']))
  t.strictSame(outline(await planOf(database, rest(['x']))), expected, 'also after an apply of something else')
})

onEachDatabase(t, 'what a client changed within its permission is kept, unless told otherwise', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const objects = [kanaal('zaken'), theirs(['auth', 'kanalen'])]
  await apply(database, document(objects))
  await write(database, { kanalen: OTHER_KANALEN })
  await writeKey(database, 'their own')
  const kept = {
    drift: ['abonnementen.zac, kanalen.0.filters.zaaktype auth.value, kept'],
    changes: [],
  }
  t.strictSame(outline(await planOf(database, document(objects))), kept)
  t.equal(await apply(database, document(objects)), undefined)

  await t.test('also when the document changes something else of it', async (t) => {
    const changed = [kanaal('zaken'), theirs(['auth', 'kanalen'], { delivery: { timeoutMs: 5 } })]
    t.match(await planOf(database, document(changed)), {
      changes: [{ address: 'abonnementen.zac', fields: [{ path: 'delivery.timeout' }] }],
      drift: [{ kept: true }],
    })
    await apply(database, document(changed))
    t.match(await database.reader.abonnement.findFirstOrThrow(), { kanalen: OTHER_KANALEN, delivery: /5/ })
    t.equal(await keyOf(database), 'their own')
    t.strictSame(outline(await planOf(database, document(changed))), {
      ...kept,
      drift: ['abonnementen.zac, kanalen.0.filters.zaaktype auth.value, kept'],
    })
    const versions = await database.reader.secretVersion.findMany({ orderBy: { generation: 'desc' } })
    const sealed = versions.map((row) =>
      unseal(testMasterKey, row.ciphertext, { kind: 'abonnementen', ...row }).reveal(),
    )
    t.strictSame(sealed, ['KEY', 'KEY'], 'the history has what the document says')
    await apply(database, document(objects))
  })

  await t.test('--on-drift fail does not mind', async (t) => {
    t.strictSame(outline(await planOf(database, document(objects, { onDrift: 'fail' }))), kept)
  })

  await t.test('a part that the document changes is the document`s', async (t) => {
    const acties = [{ naam: 'zaken', filters: {}, acties: ['create'], resources: [] }]
    const changed = [kanaal('zaken'), theirs(['auth', 'kanalen'], { kanalen: acties })]
    const plan = await planOf(database, document(changed))
    t.match(plan.changes, [{ address: 'abonnementen.zac' }])
    t.ok(plan.changes[0]?.fields.every(({ path }) => path.startsWith('kanalen')))
  })

  await t.test('a permission that the document takes back is over', async (t) => {
    for (const may of [[], ['auth']] as const) {
      const plan = await planOf(database, document([kanaal('zaken'), theirs([...may])]))
      const paths = plan.changes.flatMap(({ fields }) => fields.map(({ path }) => path))
      t.ok(paths.includes('kanalen.0.filters.zaaktype'))
      t.equal(paths.includes('auth.value'), may.length === 0)
    }
  })

  await t.test('--on-drift overwrite', async (t) => {
    const overwrite = document(objects, { onDrift: 'overwrite' })
    t.strictSame(outline(await planOf(database, overwrite)), {
      drift: ['abonnementen.zac, kanalen.0.filters.zaaktype auth.value'],
      changes: ['update abonnementen.zac'],
    })
    await apply(database, overwrite)
    t.equal(await keyOf(database), 'KEY')
    t.strictSame(outline(await planOf(database, document(objects))), { drift: [], changes: [] })
  })
})

const NOT_PERMITTED: [string, DeclaredClient['may'], Record<string, string>, string?][] = [
  ['a part that it may not change', ['auth', 'delete'], { kanalen: OTHER_KANALEN }],
  ['by somebody else', ['kanalen'], { kanalen: OTHER_KANALEN }, 'psql'],
  ['what nobody may change', ['auth', 'kanalen', 'delete'], { callbackUrl: 'https://evil.example.nl' }],
]

onEachDatabase(t, 'what is beyond the permission is put back', async (t, url) => {
  const database = await openTestDatabase(t, url)
  for (const [name, may, data, by] of NOT_PERMITTED) {
    const objects = [kanaal('zaken'), theirs(may)]
    await apply(database, document(objects))
    await write(database, data, by)
    t.match(
      await planOf(database, document(objects)),
      { changes: [{ action: 'update' }], drift: [{ kept: false }] },
      name,
    )
    const failure: unknown = await planConfiguration(database, document(objects, { onDrift: 'fail' })).catch(
      (error: unknown) => error,
    )
    t.match(failure, { kind: 'conflict', diagnostics: [{ id: 'drift/found', position: { line: 20 } }] })
    await apply(database, document(objects))
  }
})

onEachDatabase(
  t,
  'an abonnement that its client may delete stays away until the document changes it',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    const objects = (timeoutMs: number) => [kanaal('zaken'), theirs(['delete'], { delivery: { timeoutMs } })]
    await apply(database, document(objects(1)))
    await database.transaction((tx) => tx.abonnement.deleteMany())
    const away = { drift: ['abonnementen.zac, gone, kept'], changes: [] }
    t.strictSame(outline(await planOf(database, document(objects(1)))), away)
    await apply(database, document([...objects(1), kanaal('besluiten')]))
    t.strictSame(outline(await planOf(database, document([...objects(1), kanaal('besluiten')]))), away)
    await apply(database, document(objects(1)))
    for (const again of [document(objects(2)), document(objects(1), { onDrift: 'overwrite' })]) {
      t.match(await planOf(database, again), { changes: [{ action: 'create', id: UUID }] })
    }
  },
)
