import fc from 'fast-check'
import t from 'tap'
import { Secret } from '../../src/common/secret.ts'
import type { DesiredObject } from '../../src/config/desired-state.ts'
import type { Database } from '../../src/db/open.ts'
import type { Committed } from '../../src/reconcile/commit.ts'
import type { Wanted } from '../../src/reconcile/planner.ts'
import { prepareRollback, type Rollback, type RollbackOptions } from '../../src/reconcile/rollback.ts'
import { readCurrentState } from '../../src/reconcile/current-state.ts'
import { digestOfLive } from '../../src/reconcile/state-at.ts'
import type { StoredReference } from '../../src/secrets/references.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import {
  abonnement,
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
import { apply, planOf } from '../support/reconcile.ts'
import { testMasterKey } from '../support/seed.ts'

const ALL = { allowance: { deletes: 1_000, empty: true } }
const UUID = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'

/** Secrets as `wanted` makes them: a variable that is not given has its name as value. */
function resolverOf(environment: Record<string, string | undefined>): RollbackOptions['resolve'] {
  return async (reference: StoredReference) => {
    const variable = 'env' in reference ? reference.env : ''
    const value = variable in environment ? environment[variable] : variable
    return value === undefined ? { problem: `${variable} is not set` } : { secret: new Secret(value), warnings: [] }
  }
}

function prepare(database: Database, generation: number, more: Partial<RollbackOptions> = {}): Promise<Rollback> {
  const resolve = resolverOf({})
  return prepareRollback(database, [{ generation }], {
    masterKey: testMasterKey,
    choices: ALL,
    resolve,
    now: NOW,
    ...more,
  })
}

async function rollback(
  database: Database,
  generation: number,
  more: Partial<RollbackOptions> = {},
): Promise<Committed | undefined> {
  const { wanted: back, restores } = await prepare(database, generation, more)
  return apply(database, back, { operation: 'rollback', restores })
}

function document(objects: DesiredObject[], environment = {}): Wanted {
  return wanted([desired('gemeente', objects)], environment)
}

async function digests(database: Database): Promise<{ live: string; generations: Map<number, string> }> {
  const { objects } = await readCurrentState(database, [], NOW)
  const rows = await database.reader.generation.findMany()
  return { live: digestOfLive(objects), generations: new Map(rows.map(({ number, digest }) => [number, digest])) }
}

const name = fc.constantFrom('a', 'b', 'c')
const variable = fc.constantFrom('ONE', 'TWO')
const anyObject = fc.oneof(
  fc.record({ name, filter: fc.constantFrom('x', 'y') }).map((k) => kanaal(k.name, { filters: [k.filter] })),
  fc
    .record({ name, variable, previous: fc.boolean() })
    .map((c) =>
      clientCredential(c.name, [
        envSecret(c.variable),
        ...(c.previous ? [envSecret('OLD', { slot: 'previous' as const, expiresAt: NOW + 1_000 })] : []),
      ]),
    ),
  fc.record({ name, variable }).map((e) => externalCredential(e.name, [envSecret(e.variable)])),
  fc
    .record({ name, secret: fc.option(variable), zaaktype: fc.constantFrom('1', '2') })
    .map((a) =>
      abonnement(
        a.name,
        { kanalen: [{ naam: 'always', filters: { zaaktype: a.zaaktype }, acties: [], resources: [] }] },
        a.secret === null ? {} : { secrets: [envSecret(a.secret, { field: 'auth.value' })] },
      ),
    ),
  fc.constantFrom('private', 'public').map((policy) => egress({ policy, allow: [] })),
  fc.webUrl().map((url) => publicUrl(url)),
)
const anyDocument = fc.record({
  objects: fc
    .uniqueArray(anyObject, { selector: ({ kind, key }) => `${kind}.${key}`, maxLength: 7 })
    .map((objects): DesiredObject[] => [...objects, kanaal('always')]),
  environment: fc.record({ ONE: fc.constantFrom('first', 'second') }),
})

onEachDatabase(t, 'a rollback restores the digest, and the document of then plans to nothing', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await fc.assert(
    fc.asyncProperty(anyDocument, anyDocument, anyDocument, async (first, second, third) => {
      await apply(database, document([kanaal('always')]))
      await apply(database, document(first.objects, first.environment))
      const { generations } = await digests(database)
      const target = Math.max(...generations.keys())
      const ids = async () => (await readCurrentState(database, [], NOW)).objects.map(({ id }) => id).toSorted()
      const before = await ids()
      await apply(database, document(second.objects, second.environment))
      await apply(database, document(third.objects, third.environment))
      const back = await rollback(database, target, { resolve: resolverOf(first.environment) })
      const after = await digests(database)
      t.equal(after.live, generations.get(target))
      if (back !== undefined) t.equal(after.generations.get(back.generation), generations.get(target))
      t.strictSame((await planOf(database, document(first.objects, first.environment))).changes, [])
      t.strictSame(await ids(), before)
    }),
    { numRuns: 10 },
  )
})

onEachDatabase(
  t,
  'a value that was replaced comes back from what is sealed, whatever its source says now',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    const objects = [clientCredential('c', [envSecret('ONE')])]
    await apply(database, document(objects, { ONE: 'first' }))
    await apply(database, document(objects, { ONE: 'second' }))
    const { wanted: back, restores, renewed } = await prepare(database, 1, { resolve: resolverOf({ ONE: undefined }) })
    t.strictSame(renewed, [])
    await apply(database, back, { operation: 'rollback', restores })
    t.strictSame((await planOf(database, document(objects, { ONE: 'first' }))).changes, [])
    t.match(await database.reader.generation.findFirst({ where: { number: 3 } }), {
      operation: 'rollback',
      restores: 1,
    })
  },
)

onEachDatabase(
  t,
  'the secret of what was deleted is asked for again, and each that is nowhere is named',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    const objects = [
      clientCredential('c', [envSecret('ONE')]),
      clientCredential('d', [envSecret('TWO')]),
      clientCredential('e', [{ ...envSecret(''), reference: { insecureLiteral: 'x' } }]),
      kanaal('zaken'),
    ]
    await apply(database, document(objects))
    await apply(database, document([kanaal('zaken')]))
    t.equal(await database.reader.secretVersion.count(), 0, 'nothing sealed is left of them')
    await t.rejects(prepare(database, 1, { resolve: resolverOf({ TWO: undefined }) }), {
      name: 'Failure',
      kind: 'secret',
      diagnostics: [
        { path: 'clientCredentials.d.secret', message: /env:TWO gives none: TWO is not set/ },
        { path: 'clientCredentials.e.secret', message: /was a literal and was destroyed/ },
      ],
    })
    await apply(database, document([objects[0]!, objects[1]!, kanaal('zaken')]))
    await apply(database, document([kanaal('zaken')]))
    t.match(await prepare(database, 3, { resolve: resolverOf({ TWO: 'another value' }) }), {
      renewed: ['clientCredentials.d.secret'],
      ended: [],
    })
  },
)

onEachDatabase(t, 'a slot that has ended since does not come back', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const previous = envSecret('OLD', { slot: 'previous', expiresAt: NOW + 1_000 })
  await apply(database, document([clientCredential('c', [envSecret('ONE'), previous])]))
  await apply(database, document([clientCredential('c', [envSecret('TWO')])]))
  const back = await prepare(database, 1, { now: NOW + 1_000 })
  t.strictSame(back.ended, ['clientCredentials.c.previousSecret'])
  await apply(database, back.wanted)
  t.match(await database.reader.secret.findMany(), [{ slot: 'current' }])
})

onEachDatabase(
  t,
  'a deleted abonnement comes back under its uuid, also when another bears its name',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    await apply(database, document([kanaal('zaken'), abonnement('zac', {}, { uuid: UUID })]))
    await apply(database, document([kanaal('zaken')]))
    await apply(database, document([kanaal('zaken'), abonnement('zac')]))
    t.not((await database.reader.abonnement.findFirst())?.id, UUID)
    await rollback(database, 1)
    t.match(await database.reader.abonnement.findMany(), [{ id: UUID, name: 'zac' }])
  },
)

onEachDatabase(t, 'a rollback is refused like an apply, and knows only what was kept', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const many = Array.from({ length: 8 }, (_, index) => kanaal(`k${index}`))
  await apply(database, document([kanaal('zaken')]))
  await apply(database, document([...many, kanaal('zaken')]))
  const { wanted: back } = await prepare(database, 1, { choices: { allowance: { deletes: undefined, empty: false } } })
  t.match(await planOf(database, back), { refusals: [/8 deletes are more than maxDeletes 5; --allow-deletes 8/] })
  t.equal(await rollback(database, 2), undefined, 'nothing to do')
  await t.rejects(prepare(database, 9), { name: 'Failure', kind: 'invalid', message: /no generation 9/ })
  await database.transaction((tx) => tx.objectVersion.deleteMany({ where: { generation: 1 } }))
  await t.rejects(prepare(database, 1), {
    name: 'Failure',
    kind: 'invalid',
    message: /the first that can be shown is 2/,
  })
})
