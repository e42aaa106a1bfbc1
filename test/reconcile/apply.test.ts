import t from 'tap'
import type { Database } from '../../src/db/open.ts'
import { unseal } from '../../src/secrets/sealing.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import {
  abonnement,
  autorisaties,
  clientCredential,
  desired,
  egress,
  envSecret,
  externalCredential,
  kanaal,
  NOW,
  publicUrl,
  wanted,
} from '../support/desired.ts'
import { apply, applyOptions, planOf } from '../support/reconcile.ts'
import { testMasterKey } from '../support/seed.ts'

const everyKind = () => [
  externalCredential('ac', [envSecret('AC')]),
  autorisaties('https://ac.example.nl/api/v1/'),
  clientCredential('open-zaak', [envSecret('NEW'), envSecret('OLD', { slot: 'previous', expiresAt: NOW + 1_000 })]),
  kanaal('zaken', { filters: ['bronorganisatie'] }),
  abonnement('zac', {}, { secrets: [envSecret('CALLBACK', { field: 'auth.value' })] }),
  egress({ policy: 'public', allow: ['127.0.0.0/8'] }),
  publicUrl('https://example.nl'),
]

async function epochOf(database: Database): Promise<number> {
  return Number((await database.reader.catalog.findUniqueOrThrow({ where: { id: 1 } })).epoch)
}

onEachDatabase(t, 'an apply creates every kind once; applied again it makes no generation', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const document = wanted([desired('gemeente', everyKind())])
  t.match(await planOf(database, document), { summary: { create: 7, update: 0, delete: 0, unchanged: 0 } })
  t.match(await apply(database, document), { generation: 1 })
  t.match(await planOf(database, document), { summary: { create: 0, update: 0, delete: 0, unchanged: 7 }, changes: [] })
  t.equal(await apply(database, document), undefined)
  t.equal(await database.reader.generation.count(), 1)
})

onEachDatabase(t, 'another Autorisaties API: what the old one answered is forgotten with the apply', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const first = [externalCredential('ac', [envSecret('AC')]), autorisaties('https://ac.example.nl/api/v1/')]
  await apply(database, wanted([desired('gemeente', first)]))
  const answer = { clientId: 'zac', applicaties: '[]', fetchedAt: 1n, validUntilAt: 9n, usableUntilAt: 9n }
  await database.transaction((tx) => tx.applicatie.create({ data: answer }))
  await apply(database, wanted([desired('gemeente', [...first, kanaal('zaken')])]))
  t.equal(await database.reader.applicatie.count(), 1, 'another change leaves it')
  const moved = [externalCredential('ac', [envSecret('AC')]), autorisaties('https://ac.example.nl/api/v2/')]
  await apply(database, wanted([desired('gemeente', [...moved, kanaal('zaken')])]))
  t.equal(await database.reader.applicatie.count(), 0)
})

onEachDatabase(t, 'the history knows who, what and why', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const audit = { actor: 'jan', commitSha: '9c1e2ab', pipelineUrl: 'https://ci.example.nl/1', note: 'first' }
  await apply(database, wanted([desired('gemeente', [kanaal('zaken')])]), { audit })
  const row = await database.reader.generation.findFirstOrThrow()
  t.match(row, {
    number: 1,
    owner: 'gemeente',
    actor: 'jan',
    commitSha: '9c1e2ab',
    note: 'first',
    pipelineUrl: 'https://ci.example.nl/1',
    operation: 'apply',
    restores: null,
  })
  t.match(JSON.parse(row.plan), { format: 'bode.plan/1', changes: [{ action: 'create', address: 'kanalen.zaken' }] })
  t.match(await database.reader.kanaal.findFirstOrThrow(), { owner: 'gemeente', updatedBy: 'jan' })
})

onEachDatabase(t, 'secrets are sealed; a slot that is removed or over leaves no ciphertext', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, wanted([desired('gemeente', everyKind())]))
  const rows = await database.reader.secret.findMany({ where: { kind: 'clientCredentials' }, orderBy: { slot: 'asc' } })
  t.strictSame(
    rows.map((row) => unseal(testMasterKey, row.ciphertext, row).reveal()),
    ['NEW', 'OLD'],
  )
  t.match(rows, [{ reference: '{"env":"NEW"}' }, { expiresAt: BigInt(NOW + 1_000) }])

  const later = { now: NOW + 1_000 }
  t.match((await planOf(database, wanted([desired('gemeente', everyKind())], {}, later))).changes, [])
  await apply(database, wanted([desired('gemeente', everyKind())], {}, later))
  t.equal(await database.reader.secret.count({ where: { slot: 'previous' } }), 0)
  t.equal(await database.reader.secretVersion.count({ where: { slot: 'previous' } }), 0)
  t.equal(await database.reader.generation.count(), 1, 'which is no generation')
  await apply(database, wanted([desired('gemeente', [])]))
  t.equal(await database.reader.secret.count(), 0)
  t.equal(await database.reader.secretVersion.count(), 0)
})

onEachDatabase(t, 'the epoch moves with kanalen and abonnementen only', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const epochs: number[] = []
  for (const objects of [
    [],
    [publicUrl('https://a.nl')],
    [kanaal('zaken')],
    [kanaal('zaken'), abonnement('zac')],
    [],
  ]) {
    await apply(database, wanted([desired('gemeente', objects)]))
    epochs.push(await epochOf(database))
  }
  t.strictSame(
    epochs.map((epoch) => epoch - (epochs[0] ?? 0)),
    [0, 0, 1, 2, 3],
  )
})

onEachDatabase(t, 'deleting an abonnement cancels its queue, and the plan says so', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const kanalen = [kanaal('zaken')]
  await apply(database, wanted([desired('gemeente', [...kanalen, abonnement('a'), abonnement('b')])]))
  const [a, b] = await database.reader.abonnement.findMany({ orderBy: { name: 'asc' } })
  await database.transaction((tx) =>
    tx.delivery.createMany({
      data: [1n, 2n, 3n].map((sequence) => ({
        sequence,
        abonnementId: String(sequence === 3n ? b?.id : a?.id),
        replay: 0,
        notificatieId: `n${sequence}`,
        state: 0,
        dueAt: 1n,
        attempt: 4,
      })),
    }),
  )
  const document = wanted([desired('gemeente', [...kanalen, abonnement('b')])])
  t.match(await planOf(database, document), {
    changes: [{ address: 'abonnementen.a', consequences: ['2 deliveries are queued and will be cancelled'] }],
  })
  await apply(database, document)
  t.match(await database.reader.delivery.findMany(), [{ sequence: 3n }])
  t.match(await database.reader.deliveryDone.findMany({ orderBy: { sequence: 'asc' } }), [
    { sequence: 1n, abonnementId: a?.id, outcome: 'cancelled', attempts: 4, reason: 'abonnement deleted' },
    { sequence: 2n, notificatieId: 'n2' },
  ])
})

onEachDatabase(t, 'a kanaal keeps the moment of its creation', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, wanted([desired('gemeente', [kanaal('zaken')])]))
  const before = await database.reader.kanaal.findFirstOrThrow()
  const later = { ...applyOptions, clock: { now: () => NOW + 5_000 } }
  await apply(database, wanted([desired('gemeente', [kanaal('zaken', { filters: ['x'] })])]), later)
  const { id, createdAt, updatedAt } = await database.reader.kanaal.findFirstOrThrow()
  t.strictSame([id, createdAt, updatedAt], [before.id, before.createdAt, BigInt(NOW + 5_000)])
})

onEachDatabase(t, 'a dry run does everything and leaves nothing', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const document = wanted([desired('gemeente', everyKind())])
  t.match(await apply(database, document, { dryRun: true }), { generation: 1 })
  t.equal(await database.reader.generation.count(), 0)
  t.equal(await database.reader.secret.count(), 0)
  t.equal(await database.reader.meta.count({ where: { key: 'master_key_check' } }), 0)
  t.match(await planOf(database, document), { summary: { create: 7 } })
})

onEachDatabase(t, 'deletes beyond the budget are planned, and refused by apply', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const reconcile = { prune: 'owned', limits: { maxDeletes: 5, maxDeletePercent: 30 } } as const
  const kanalen = Array.from({ length: 12 }, (_, index) => kanaal(`k${index}`))
  await apply(database, wanted([desired('gemeente', kanalen)]))
  const plan = (keep: number, allowance: { deletes?: number; empty?: boolean }) =>
    planOf(
      database,
      wanted(
        [desired('gemeente', kanalen.slice(0, keep), { reconcile })],
        {},
        {
          allowance: { deletes: undefined, empty: false, ...allowance },
        },
      ),
    )
  const cases: [keep: number, allowance: { deletes?: number; empty?: boolean }, refusals: RegExp[]][] = [
    [9, {}, []],
    [8, {}, [/4 deletes of 12 objects are more than maxDeletePercent 30; --allow-deletes 4/]],
    [6, {}, [/6 deletes are more than maxDeletes 5/]],
    [6, { deletes: 6 }, []],
    [6, { deletes: 5 }, [/6 deletes are more than 5/]],
    [0, { deletes: 12 }, [/nothing left; --allow-empty/]],
    [0, { deletes: 12, empty: true }, []],
  ]
  for (const [keep, allowance, refusals] of cases) {
    const found = await plan(keep, allowance)
    t.equal(found.summary.delete, 12 - keep)
    t.match(found.refusals, refusals)
    t.equal(found.refusals.length, refusals.length)
  }
  const refused = wanted([desired('gemeente', kanalen.slice(6), { reconcile })])
  await t.rejects(apply(database, refused), { name: 'Failure', kind: 'refused', message: /--allow-deletes 6/ })
})
