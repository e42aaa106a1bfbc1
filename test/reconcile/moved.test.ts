import t from 'tap'
import type { DesiredObject, Kind, Moved } from '../../src/config/desired-state.ts'
import type { Database } from '../../src/db/open.ts'
import { readCurrentState } from '../../src/reconcile/current-state.ts'
import { planConfiguration } from '../../src/reconcile/planner.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import {
  abonnement,
  at,
  clientCredential,
  desired,
  envSecret,
  externalCredential,
  kanaal,
  NOW,
  wanted,
} from '../support/desired.ts'
import { apply, planOf } from '../support/reconcile.ts'

const move = (kind: Kind, from: string, to: string): Moved => ({ kind, from, to, position: at(70) })

const document = (objects: DesiredObject[], moved: Moved[] = []) => wanted([desired('gemeente', objects, { moved })])

async function idsOf(database: Database): Promise<Record<string, string>> {
  const { objects } = await readCurrentState(database, [], NOW)
  return Object.fromEntries(objects.map(({ kind, key, id }) => [`${kind}.${key}`, id]))
}

/** One object of each kind that can be renamed, called `name`. */
const each = (name: string): DesiredObject[] => [
  externalCredential(name, [envSecret('AC')]),
  clientCredential(name, [envSecret('CLIENT')]),
  kanaal(name),
  abonnement(name, { callbackUrl: 'https://x.nl', kanalen: [{ naam: name, filters: {}, acties: [], resources: [] }] }),
]
const KINDS: Kind[] = ['externalCredentials', 'clientCredentials', 'kanalen', 'abonnementen']

onEachDatabase(t, 'what is moved keeps its id, its secrets and its history, whatever its kind', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, document(each('old')))
  await database.transaction((tx) => tx.secret.updateMany({ data: { lastUsedAt: 7n } }))
  const before = await idsOf(database)
  const renamed = document(
    each('new'),
    KINDS.map((kind) => move(kind, 'old', 'new')),
  )
  const plan = await planOf(database, renamed)
  t.strictSame(plan.summary, { create: 0, update: 4, delete: 0, unchanged: 0, drift: { putBack: 0, kept: 0 } })
  t.match(
    plan.changes.map(({ fields }) => fields[0]),
    KINDS.map(() => ({ path: 'name', before: 'old', after: 'new' })),
  )
  await apply(database, renamed)
  const after = await idsOf(database)
  for (const kind of KINDS) t.equal(after[`${kind}.new`], before[`${kind}.old`], kind)
  t.equal(Object.keys(after).length, 4)
  t.equal(await database.reader.secret.count({ where: { lastUsedAt: 7n } }), 2)
  t.strictSame((await planOf(database, renamed)).changes, [], 'a move that was made moves nothing')
  t.strictSame((await planOf(database, document(each('new')))).changes, [], 'and may be taken out')
})

onEachDatabase(t, 'two objects may take over each other`s names', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const both = [...each('a'), ...each('b')]
  await apply(database, document(both))
  const before = await idsOf(database)
  const swaps = KINDS.flatMap((kind) => [move(kind, 'a', 'b'), move(kind, 'b', 'a')])
  const { diff } = await planConfiguration(database, document(both, swaps))
  t.equal(diff.written.length, 8)
  await apply(database, document(both, swaps)).catch(() => {})
  const after = await idsOf(database)
  for (const kind of KINDS) {
    t.equal(after[`${kind}.a`], before[`${kind}.b`])
    t.equal(after[`${kind}.b`], before[`${kind}.a`])
  }
})

onEachDatabase(t, 'a move to a name that another object has is a conflict', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, document([kanaal('old'), kanaal('new')]))
  const failure: unknown = await planConfiguration(
    database,
    document([kanaal('new')], [move('kanalen', 'old', 'new')]),
  ).catch((error: unknown) => error)
  t.match(failure, {
    kind: 'conflict',
    diagnostics: [{ id: 'moved/conflict', message: /"old": both are in the database/, position: { line: 70 } }],
  })
})

onEachDatabase(t, 'a kanaal is not renamed under abonnementen of others', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, document([kanaal('old')]))
  const theirs = abonnement('theirs', { kanalen: [{ naam: 'old', filters: {}, acties: [], resources: [] }] })
  await apply(database, wanted([desired('other', [theirs])]))
  t.match(await planOf(database, document([kanaal('new')], [move('kanalen', 'old', 'new')])), {
    refusals: ['kanalen.old is used by 1 abonnement of other'],
  })
})
