import t from 'tap'
import { Failure } from '../../src/common/failure.ts'
import type { Database } from '../../src/db/open.ts'
import { planConfiguration, type Wanted } from '../../src/reconcile/planner.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { abonnement, at, clientCredential, desired, egress, envSecret, kanaal, wanted } from '../support/desired.ts'
import { apply, planOf } from '../support/reconcile.ts'
import { loadMasterKey, newMasterKey } from '../../src/secrets/master-key.ts'

const UUID = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'
const OTHER_UUID = '582a09ff-286b-4d0f-a1b8-9b99c1eac0f8'

async function failureOf(database: Database, document: Wanted): Promise<Failure> {
  try {
    await planConfiguration(database, document)
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('the plan was made')
}

/** An abonnement as the API makes it for a client. */
async function apiAbonnement(database: Database, id: string, kanaal: string): Promise<void> {
  await database.transaction((tx) =>
    tx.abonnement.create({
      data: {
        id,
        name: id,
        owner: 'client:zac',
        hash: '',
        callbackUrl: 'https://zac.example.nl',
        auth: '{"type":"no_auth"}',
        kanalen: JSON.stringify([{ naam: kanaal, filters: {}, acties: [], resources: [] }]),
        cloudEvents: '{"send":false,"filters":[]}',
        delivery: '{}',
        createdAt: 1n,
        updatedAt: 1n,
        updatedBy: 'zac',
      },
    }),
  )
}

onEachDatabase(t, "another owner's object is a conflict that names both, with its place", async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, wanted([desired('one', [kanaal('zaken'), egress({ policy: 'public', allow: [] })])]))
  const failure = await failureOf(
    database,
    wanted([desired('two', [kanaal('zaken', {}, 7), egress({ policy: 'private', allow: [] })])]),
  )
  t.equal(failure.kind, 'conflict')
  t.match(failure.diagnostics, [
    {
      id: 'owner/conflict',
      message: 'kanalen.zaken belongs to the configuration "one"; this configuration is "two"',
      position: at(7),
    },
    { message: 'egress belongs to the configuration "one"; this configuration is "two"' },
  ])
})

onEachDatabase(t, 'an object that two documents declare is a conflict that names both places', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const failure = await failureOf(
    database,
    wanted([desired('one', [kanaal('zaken', {}, 3)]), desired('two', [kanaal('zaken', {}, 9)])]),
  )
  t.match(failure, {
    kind: 'conflict',
    diagnostics: [{ message: 'kanalen.zaken is declared by "two" and by "one" (bode.yaml:3)', position: { line: 9 } }],
  })
})

onEachDatabase(t, 'documents of two owners are applied together, each with a generation', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const both = wanted([desired('kanalen', [kanaal('zaken')]), desired('zac', [abonnement('zac')])])
  t.match(await apply(database, both), { generation: 2 })
  const rows = await database.reader.generation.findMany({ orderBy: { number: 'asc' } })
  t.match(rows, [
    { number: 1, owner: 'kanalen' },
    { number: 2, owner: 'zac' },
  ])
  t.match(await planOf(database, wanted([desired('kanalen', [kanaal('zaken')])])), {
    changes: [],
    notOurs: { abonnementen: 1 },
    documents: [{ base: { generation: 1, digest: rows[0]?.digest } }],
  })
})

onEachDatabase(t, 'what came through the API is neither pruned nor taken over', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, wanted([desired('gemeente', [kanaal('zaken')])]))
  await apiAbonnement(database, UUID, 'zaken')
  t.match(await planOf(database, wanted([desired('gemeente', [kanaal('zaken')])])), {
    changes: [],
    notOurs: { abonnementen: 1 },
  })
  t.match(
    await failureOf(database, wanted([desired('gemeente', [kanaal('zaken'), abonnement('mine', {}, { uuid: UUID })])])),
    {
      kind: 'conflict',
      diagnostics: [{ message: /was made through the API by the client "zac"/ }],
    },
  )
})

onEachDatabase(t, 'a kanaal that abonnementen of others use is not deleted', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, wanted([desired('gemeente', [kanaal('zaken'), kanaal('besluiten')])]))
  await apiAbonnement(database, UUID, 'zaken')
  await apiAbonnement(database, OTHER_UUID, 'zaken')
  const document = wanted([desired('gemeente', [])])
  t.match(await planOf(database, document), {
    summary: { delete: 2 },
    refusals: ['kanalen.zaken is used by 2 abonnementen of client:zac'],
  })
  await t.rejects(apply(database, document), { name: 'Failure', kind: 'refused', message: /used by 2 abonnementen/ })
  t.equal(await database.reader.kanaal.count(), 2)
})

onEachDatabase(t, 'an abonnement on a kanaal that will not exist is an error with its place', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const lost = abonnement('zac', { kanalen: [{ naam: 'zakn', filters: {}, acties: [], resources: [] }] }, { line: 20 })
  lost.fields = new Map([['kanalen.0.naam', at(22)]])
  t.match(await failureOf(database, wanted([desired('gemeente', [kanaal('zaken'), lost])])), {
    kind: 'invalid',
    diagnostics: [
      {
        id: 'abonnement/unknown-kanaal',
        path: 'abonnementen.zac',
        position: at(22),
        label: 'did you mean "zaken"?',
      },
    ],
  })
  await apply(database, wanted([desired('gemeente', [kanaal('zaken'), abonnement('zac')])]))
  t.match(
    await failureOf(database, wanted([desired('gemeente', [abonnement('zac')])])),
    { kind: 'invalid' },
    'also when this very plan deletes the kanaal',
  )
})

onEachDatabase(t, 'the uuid is the identity of an abonnement', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const with_ = (...abonnementen: ReturnType<typeof abonnement>[]) =>
    wanted([desired('gemeente', [kanaal('zaken'), ...abonnementen])])
  const names = async () =>
    (await database.reader.abonnement.findMany({ orderBy: { name: 'asc' } })).map(({ id, name }) => [name, id])

  await t.test('a given one is kept through a rename, and names may be swapped', async (t) => {
    await apply(database, with_(abonnement('a', {}, { uuid: UUID }), abonnement('b', {}, { uuid: OTHER_UUID })))
    const swapped = with_(abonnement('a', {}, { uuid: OTHER_UUID }), abonnement('b', {}, { uuid: UUID }))
    t.match(await planOf(database, swapped), {
      changes: [
        { action: 'update', address: 'abonnementen.a', fields: [{ path: 'name', before: 'b', after: 'a' }, {}] },
        { action: 'update', address: 'abonnementen.b', fields: [{ path: 'name', before: 'a', after: 'b' }, {}] },
      ],
    })
    await apply(database, swapped)
    t.strictSame(await names(), [
      ['a', OTHER_UUID],
      ['b', UUID],
    ])
  })

  await t.test('it cannot be changed', async (t) => {
    t.match(await failureOf(database, with_(abonnement('a', {}, { uuid: '682a09ff-286b-4d0f-a1b8-9b99c1eac0f8' }))), {
      kind: 'conflict',
      diagnostics: [{ id: 'abonnement/uuid', message: new RegExp(OTHER_UUID) }],
    })
  })

  await t.test('without one the live id stays, and a new one is derived', async (t) => {
    await apply(database, with_(abonnement('a'), abonnement('c')))
    const [a, c] = await names()
    t.strictSame(a, ['a', OTHER_UUID])
    t.match(c?.[1], /^[0-9a-f]{8}-[0-9a-f]{4}-5/)
    await t.test('also where the derived one was taken along in a rename', async (t) => {
      const renamed = abonnement('d', {}, { uuid: String(c?.[1]) })
      await apply(database, with_(renamed, abonnement('c')))
      const found = new Map((await names()).map(([name, id]) => [name, id]))
      t.equal(found.get('d'), c?.[1])
      t.not(found.get('c'), c?.[1])
    })
  })
})

onEachDatabase(t, 'another master key than that of the first apply is refused', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const document = desired('gemeente', [clientCredential('c', [envSecret('A')])])
  await apply(database, wanted([document]))
  const other = loadMasterKey({ BODE_MASTER_KEY: newMasterKey() })
  t.match(await failureOf(database, wanted([document], {}, { masterKey: other })), { kind: 'secret' })
})
