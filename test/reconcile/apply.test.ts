import t from 'tap'
import type { Database } from '../../src/db/open.ts'
import { applyPlan } from '../../src/reconcile/apply.ts'
import { planConfiguration } from '../../src/reconcile/planner.ts'
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

onEachDatabase(t, 'the history knows who, what and why', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const audit = { actor: 'jan', commitSha: '9c1e2ab', note: 'first' }
  await apply(database, wanted([desired('gemeente', [kanaal('zaken')])]), { audit })
  const row = await database.reader.generation.findFirstOrThrow()
  t.match(row, { number: 1, owner: 'gemeente', actor: 'jan', commitSha: '9c1e2ab', note: 'first' })
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
  t.match(await planOf(database, wanted([desired('gemeente', everyKind())], {}, later)), {
    changes: [{ address: 'clientCredentials.open-zaak', fields: [{ path: 'previousSecret', after: undefined }] }],
  })
  await apply(database, wanted([desired('gemeente', everyKind())], {}, later))
  t.equal(await database.reader.secret.count({ where: { slot: 'previous' } }), 0)
  await apply(database, wanted([desired('gemeente', [])]))
  t.equal(await database.reader.secret.count(), 0)
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

onEachDatabase(t, 'a plan whose base moved is carried out only when it would be the same', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, wanted([desired('gemeente', [kanaal('zaken')])]))

  await t.test('the same after an apply of somebody else', async (t) => {
    const document = wanted([desired('gemeente', [kanaal('zaken'), kanaal('besluiten')])])
    const planned = await planConfiguration(database, document)
    await apply(database, wanted([desired('other', [kanaal('documenten')])]))
    t.match(await applyPlan(database, document, planned, applyOptions), { generation: 3 })
  })

  await t.test('another one after an apply of the same owner: conflict, nothing changed', async (t) => {
    const document = wanted([desired('gemeente', [kanaal('zaken', { filters: ['mine'] })])])
    const planned = await planConfiguration(database, document)
    await apply(database, wanted([desired('gemeente', [kanaal('zaken', { filters: ['theirs'] })])]))
    await t.rejects(applyPlan(database, document, planned, applyOptions), {
      name: 'Failure',
      kind: 'conflict',
      message: /generation 4 was applied since the plan was made/,
    })
    t.equal((await database.reader.kanaal.findFirstOrThrow({ where: { naam: 'zaken' } })).filters, '["theirs"]')
  })

  await t.test('nothing to do, because somebody applied the same', async (t) => {
    const document = wanted([desired('gemeente', [kanaal('zaken')])])
    const planned = await planConfiguration(database, document)
    await apply(database, document)
    t.equal(await applyPlan(database, document, planned, applyOptions), undefined)
  })

  await t.test('an API write counts too', async (t) => {
    const document = wanted([desired('gemeente', [])])
    const planned = await planConfiguration(database, document)
    await database.transaction(async (tx) => {
      await tx.catalog.update({ where: { id: 1 }, data: { epoch: { increment: 1 } } })
      await tx.abonnement.create({
        data: {
          id: 'x',
          name: 'x',
          owner: 'client:zac',
          hash: '',
          callbackUrl: 'https://x.nl',
          auth: '{"type":"no_auth"}',
          kanalen: '[{"naam":"zaken","filters":{},"acties":[],"resources":[]}]',
          cloudEvents: '{"send":false,"filters":[]}',
          delivery: '{}',
          createdAt: 1n,
          updatedAt: 1n,
          updatedBy: 'zac',
        },
      })
    })
    await t.rejects(applyPlan(database, document, planned, applyOptions), {
      kind: 'conflict',
      message: /written through the API/,
    })
  })
})

onEachDatabase(t, 'an apply waits for another, then gives up with Failure locked', async (t, url) => {
  const [database, other] = [await openTestDatabase(t, url), await openTestDatabase(t, url)]
  const document = wanted([desired('gemeente', [kanaal('zaken')])])
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const { holdApplyLock } = await import('../../src/db/configuration/apply-lock.ts')
  const holding = other.transaction(async (tx) => {
    await holdApplyLock(tx, other.provider, 0)
    await held
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  await t.rejects(apply(database, document, { lockTimeoutMs: 60 }), { name: 'Failure', kind: 'locked' })
  const patient = apply(database, document)
  release()
  t.match(await patient, { generation: 1 })
  await holding
})

onEachDatabase(t, 'of two appliers at once each document is in whole or not at all', async (t, url) => {
  const databases = [await openTestDatabase(t, url), await openTestDatabase(t, url)]
  for (let round = 0; round < 5; round += 1) {
    const documents = ['left', 'right'].map((side) =>
      wanted([
        desired(
          'gemeente',
          ['a', 'b', 'c'].map((naam) => kanaal(naam, { filters: [`${side}${round}`] })),
        ),
      ]),
    )
    const results = await Promise.allSettled(
      databases.map(async (database, index) => apply(database, documents[index] ?? wanted([]))),
    )
    const filters = new Set((await databases[0]?.reader.kanaal.findMany())?.map((row) => row.filters))
    t.equal(filters.size, 1, [...filters].join())
    t.ok(results.some(({ status }) => status === 'fulfilled'))
    for (const result of results) {
      if (result.status === 'rejected') t.match(result.reason, { name: 'Failure', kind: /conflict|locked/ })
    }
  }
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
