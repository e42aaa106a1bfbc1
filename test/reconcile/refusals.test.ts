import t from 'tap'
import type { DesiredObject, DesiredState } from '../../src/config/desired-state.ts'
import type { Database } from '../../src/db/open.ts'
import { planConfiguration, type Choices } from '../../src/reconcile/planner.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import {
  abonnement,
  autorisaties,
  clientCredential,
  desired,
  envSecret,
  externalCredential,
  kanaal,
  NOW,
  wanted,
} from '../support/desired.ts'
import { apply, planOf } from '../support/reconcile.ts'

const HOUR = 3_600_000

const document = (objects: DesiredObject[], more: Partial<DesiredState> = {}, choices: Partial<Choices> = {}) =>
  wanted([desired('gemeente', objects, more)], {}, choices)

onEachDatabase(t, 'what is protected is deleted in two steps', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const marked: DesiredObject = { ...kanaal('a'), protected: true }
  await apply(database, document([marked, kanaal('b')]))
  const refusals = [/^kanalen\.a is protected; apply it once without `protected: true`/]
  t.match(await planOf(database, document([kanaal('b')])), { summary: { delete: 1 }, refusals })
  await t.rejects(apply(database, document([kanaal('b')])), { name: 'Failure', kind: 'refused', message: /protected/ })
  t.match(await planOf(database, document([kanaal('a'), kanaal('b')])), {
    changes: [{ address: 'kanalen.a', fields: [{ path: 'protected', before: true, after: false }] }],
    refusals: [],
  })
  await apply(database, document([kanaal('a'), kanaal('b')]))
  t.strictSame((await planOf(database, document([kanaal('b')]))).refusals, [])
})

onEachDatabase(t, 'a previous secret that was used today is not taken away', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const previous = (variable: string, expiresAt: number | null = null) =>
    envSecret(variable, { slot: 'previous', expiresAt })
  const credential = (...secrets: ReturnType<typeof previous>[]) =>
    document([clientCredential('c', [envSecret('NEW'), ...secrets])])
  await apply(database, credential(previous('OLD', NOW + 9)))
  const used = (at: number) =>
    database.transaction((tx) =>
      tx.secret.updateMany({ where: { slot: 'previous' }, data: { lastUsedAt: BigInt(at) } }),
    )
  const refusal = [/^the previous secret of clientCredentials\.c was last used at 2026-11-23T06:00:00\.000Z/]
  const cases: [name: string, usedAt: number, after: ReturnType<typeof document>, refusals: RegExp[]][] = [
    ['used today', NOW - 3 * HOUR, credential(), refusal],
    ['another one in its place', NOW - 3 * HOUR, credential(previous('OTHER')), refusal],
    ['with another end', NOW - 3 * HOUR, credential(previous('OLD', NOW + 5)), []],
    ['used the day before yesterday', NOW - 25 * HOUR, credential(), []],
    ['over by now', NOW - 3 * HOUR, { ...credential(), now: NOW + 9 }, []],
  ]
  for (const [name, usedAt, after, refusals] of cases) {
    await used(usedAt)
    const plan = await planOf(database, after)
    t.match(plan.refusals, refusals, name)
    t.equal(plan.refusals.length, refusals.length, name)
  }
  await used(NOW - 3 * HOUR)
  const [one, later] = [await planOf(database, credential(previous('OLD', NOW + 5))), NOW - HOUR]
  await used(later)
  const other = await planOf(database, credential(previous('OLD', NOW + 5)))
  t.equal(one.sha256, other.sha256, 'use makes no other plan')
  t.match(other.changes[0]?.fields, [{ before: { lastUsedAt: new Date(later).toISOString() } }])
})

onEachDatabase(t, 'what others need is not deleted', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const credential = externalCredential('ac', [envSecret('AC')])
  await apply(database, document([credential, clientCredential('zac', [envSecret('ZAC')])]))
  for (const name of ['ac', null]) {
    const theirs = autorisaties('https://ac.example.nl/api/v1/')
    if (theirs.kind !== 'autorisaties') throw new Error('not this kind')
    theirs.spec = { ...theirs.spec, credential: name }
    await apply(database, wanted([desired('other', [theirs])]))
    t.match(await planOf(database, document([])), {
      refusals: ['externalCredentials.ac is used by autorisaties.default of other'],
    })
  }
  await apply(database, wanted([desired('other', [kanaal('zaken')])]))
  await apply(database, wanted([desired('client:zac', [abonnement('theirs')])]))
  t.match(await planOf(database, document([])), {
    refusals: [],
    changes: [{}, { consequences: ['1 abonnement of this client stay, and it can change none any more'] }],
  })
})

onEachDatabase(t, '--prune is over the document', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, document([kanaal('a')]))
  const none = { prune: 'none', limits: { maxDeletes: 9, maxDeletePercent: 100 } } as const
  const deletes = async (more: Partial<DesiredState>, choices: Partial<Choices>) =>
    (await planOf(database, document([], more, choices))).summary.delete
  t.equal(await deletes({}, { prune: 'none' }), 0)
  t.equal(await deletes({ reconcile: none }, {}), 0)
  t.equal(await deletes({ reconcile: none }, { prune: 'owned' }), 1)
})

async function outcome(database: Database, environment: string | undefined, choices: Partial<Choices> = {}) {
  const planned = await planConfiguration(database, document([kanaal('a')], { environment }, choices)).catch(
    (error: unknown) => error,
  )
  return planned instanceof Error ? planned.message : 'planned'
}

onEachDatabase(t, 'a document of another environment is a conflict', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, document([kanaal('a')]))
  t.equal(await outcome(database, 'test'), 'planned', 'nothing is known yet')
  await apply(database, document([kanaal('a'), kanaal('b')], { environment: 'prod' }))
  t.match(
    await outcome(database, 'test'),
    /for the environment "test", and this database has "prod";.*--switch-environment/,
  )
  t.equal(await outcome(database, 'test', { switchEnvironment: true }), 'planned')
  t.equal(await outcome(database, 'prod'), 'planned')
  await apply(database, document([kanaal('a')]))
  t.match(await outcome(database, 'test'), /has "prod"/, 'a document that names none does not make it forgotten')
})
