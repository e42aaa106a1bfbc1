import fc from 'fast-check'
import t from 'tap'
import type { DesiredObject, DesiredState } from '../../src/config/desired-state.ts'
import type { Database } from '../../src/db/open.ts'
import { secretKey } from '../../src/reconcile/content-hash.ts'
import { readCurrentState } from '../../src/reconcile/current-state.ts'
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

const RUNS = { numRuns: 12 }

const name = fc.constantFrom('a', 'b', 'c')
const variable = fc.constantFrom('ONE', 'TWO')
const filters = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 })

const anyKanaal = fc.record({ name, filters }).map((k) => kanaal(k.name, { filters: k.filters }))
/** A static client has secrets of its own: two with one would be an error. */
const anyCredential = fc
  .record({ name, variable, previous: fc.option(fc.nat({ max: 5 })), isStatic: fc.boolean() })
  .map(({ name, variable, previous, isStatic }) => {
    const own = (secret: string): string => (isStatic ? `${secret}-of-${name}` : secret)
    const old = { slot: 'previous', expiresAt: NOW + (previous ?? 0) } as const
    return clientCredential(
      name,
      [envSecret(own(variable)), ...(previous === null ? [] : [envSecret(own('OLD'), old)])],
      isStatic ? { type: 'static' } : {},
    )
  })
const anyExternal = fc.record({ name, variable }).map((e) => externalCredential(e.name, [envSecret(e.variable)]))
/** They use a kanaal that is always there. */
const anyAbonnement = fc
  .record({ name, zaaktype: fc.constantFrom('1', '2'), secret: fc.option(variable), timeoutMs: fc.option(fc.nat(9)) })
  .map(({ name, zaaktype, secret, timeoutMs }) =>
    abonnement(
      name,
      {
        kanalen: [{ naam: 'always', filters: { zaaktype }, acties: [], resources: [] }],
        delivery: timeoutMs === null ? {} : { timeoutMs },
      },
      secret === null ? {} : { secrets: [envSecret(secret, { field: 'auth.value' })] },
    ),
  )
const anySetting = fc.oneof(
  fc.constantFrom('private', 'public').map((policy) => egress({ policy, allow: [] })),
  fc.webUrl().map((url) => publicUrl(url)),
)
const anyObjects = fc
  .uniqueArray(fc.oneof(anyKanaal, anyCredential, anyExternal, anyAbonnement, anySetting), {
    selector: ({ kind, key }) => `${kind}.${key}`,
    maxLength: 8,
  })
  .map((objects): DesiredObject[] => [...objects, kanaal('always')])

/** A document, ready to be planned. */
function document(owner: string, objects: DesiredObject[], more: Partial<DesiredState> = {}) {
  return wanted([desired(owner, objects, more)])
}

async function everything(database: Database, owner: string): Promise<unknown> {
  const { objects } = await readCurrentState(database, [], NOW)
  return objects
    .filter((object) => object.owner === owner)
    .map((object) => ({
      ...object,
      secrets: object.secrets.toSorted((a, b) => (secretKey(a) < secretKey(b) ? -1 : 1)),
    }))
}

onEachDatabase(t, 'from any state, an apply reaches the document, and planning again finds nothing', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await fc.assert(
    fc.asyncProperty(anyObjects, async (objects) => {
      await apply(database, document('gemeente', objects))
      const plan = await planOf(database, document('gemeente', objects))
      t.strictSame(plan.changes, [])
      t.equal(plan.summary.unchanged, objects.length)
      t.equal(await apply(database, document('gemeente', objects)), undefined)
    }),
    RUNS,
  )
})

onEachDatabase(t, 'the order of objects and the state before do not matter', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const shuffledToo = anyObjects.chain((objects) =>
    fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
  )
  await fc.assert(
    fc.asyncProperty(anyObjects, shuffledToo, async (before, [objects, shuffled]) => {
      await apply(database, document('gemeente', before))
      const [one, other] = [
        await planOf(database, document('gemeente', objects)),
        await planOf(database, document('gemeente', shuffled)),
      ]
      t.strictSame(one.changes, other.changes)
      t.equal(one.sha256, other.sha256)
      await apply(database, document('gemeente', shuffled))
      t.strictSame((await planOf(database, document('gemeente', objects))).changes, [])
      t.equal(one.documents[0]?.digest, other.documents[0]?.digest)
    }),
    RUNS,
  )
})

onEachDatabase(t, 'objects of another owner never change', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const theirs = [
    kanaal('theirs'),
    abonnement('theirs', { kanalen: [{ naam: 'theirs', filters: {}, acties: [], resources: [] }] }),
    clientCredential('theirs', [envSecret('ONE')]),
  ]
  await apply(database, document('other', theirs))
  const before = await everything(database, 'other')
  await fc.assert(
    fc.asyncProperty(anyObjects, async (objects) => {
      const plan = await planOf(database, document('gemeente', objects))
      t.ok(plan.changes.every(({ owner }) => owner === 'gemeente'))
      await apply(database, document('gemeente', objects))
      t.strictSame(await everything(database, 'other'), before)
    }),
    RUNS,
  )
})

onEachDatabase(t, 'applying one document and then another is applying the other', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await fc.assert(
    fc.asyncProperty(anyObjects, anyObjects, async (first, second) => {
      await apply(database, document('gemeente', []))
      await apply(database, document('gemeente', second))
      const direct = await everything(database, 'gemeente')
      await apply(database, document('gemeente', first))
      await apply(database, document('gemeente', second))
      t.strictSame(byId(await everything(database, 'gemeente')), byId(direct))
    }),
    RUNS,
  )
})

function byId(objects: unknown): unknown[] {
  return (objects as { id: string }[]).toSorted((a, b) => (a.id < b.id ? -1 : 1))
}
