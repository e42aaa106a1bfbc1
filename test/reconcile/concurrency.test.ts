import t from 'tap'
import { holdApplyLock } from '../../src/db/configuration/apply-lock.ts'
import type { Database } from '../../src/db/open.ts'
import { applyPlan } from '../../src/reconcile/apply.ts'
import { planConfiguration } from '../../src/reconcile/planner.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { abonnement, desired, kanaal, wanted } from '../support/desired.ts'
import { apply, applyOptions } from '../support/reconcile.ts'

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

onEachDatabase(t, 'what a client writes right after the commit is no fault of the apply', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const objects = (timeoutMs: number) => [
    kanaal('zaken'),
    abonnement('zac', { client: { clientId: 'zac', may: ['kanalen'] }, delivery: { timeoutMs } }),
  ]
  const kanalen = JSON.stringify([{ naam: 'zaken', filters: {}, acties: ['create'], resources: [] }])
  const writtenAfterwards: Database = {
    ...database,
    transaction: async (work, options) => {
      const result = await database.transaction(work, options)
      await database.transaction(async (tx) => {
        await tx.catalog.update({ where: { id: 1 }, data: { epoch: { increment: 1 } } })
        await tx.abonnement.updateMany({ data: { kanalen, updatedBy: 'client:zac' } })
      })
      return result
    },
  }
  await apply(database, wanted([desired('gemeente', objects(1))]))
  for (const [index, onDrift] of (['keep', 'overwrite', 'fail'] as const).entries()) {
    const document = wanted([desired('gemeente', objects(index + 2))], {}, { onDrift })
    t.match(await apply(writtenAfterwards, document), { generation: index + 2 }, onDrift)
  }
})
