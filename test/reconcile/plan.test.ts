import t from 'tap'
import type { DesiredObject, DesiredState } from '../../src/config/desired-state.ts'
import type { Change } from '../../src/reconcile/plan.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import {
  abonnement,
  at,
  autorisaties,
  clientCredential,
  desired,
  egress,
  envSecret,
  kanaal,
  NOW,
  publicUrl,
  wanted,
} from '../support/desired.ts'
import { apply, planOf } from '../support/reconcile.ts'

/** What a change says, short: `~ kanalen.zaken documentatieLink`. */
function short({ action, address, fields }: Change): string {
  const sign = { create: '+', update: '~', delete: '-' }[action]
  return [sign, address, ...(action === 'update' ? fields.map(({ path }) => path) : [])].join(' ')
}

type Case = {
  name: string
  before: DesiredObject[]
  after: DesiredObject[]
  document?: Partial<DesiredState>
  environment?: Record<string, string>
  changes: string[]
}

const secret = envSecret('SECRET')
const previous = (expiresAt: number) => envSecret('OLD', { slot: 'previous', expiresAt })

const CASES: Case[] = [
  { name: 'nothing', before: [kanaal('a')], after: [kanaal('a')], changes: [] },
  { name: 'only the place in the file', before: [kanaal('a')], after: [kanaal('a', {}, 99)], changes: [] },
  { name: 'a new object', before: [kanaal('a')], after: [kanaal('a'), kanaal('b')], changes: ['+ kanalen.b'] },
  {
    name: 'an object that is gone',
    before: [kanaal('a'), kanaal('b')],
    after: [kanaal('a')],
    changes: ['- kanalen.b'],
  },
  {
    name: 'a plain field',
    before: [kanaal('a')],
    after: [kanaal('a', { documentatieLink: 'https://example.nl/b' })],
    changes: ['~ kanalen.a documentatieLink'],
  },
  {
    name: 'the order of a list, as one field',
    before: [kanaal('a', { filters: ['x', 'y'] })],
    after: [kanaal('a', { filters: ['y', 'x'] })],
    changes: ['~ kanalen.a filters'],
  },
  {
    name: 'a duration, under its name in the document',
    before: [kanaal('zaken'), abonnement('a', { delivery: { timeoutMs: 10_000, retry: { maxRetries: 0 } } })],
    after: [kanaal('zaken'), abonnement('a', { delivery: { timeoutMs: 5_000 } })],
    changes: ['~ abonnementen.a delivery.timeout delivery.retry.maxRetries'],
  },
  {
    name: 'one member of a list of objects',
    before: [kanaal('zaken'), abonnement('a')],
    after: [
      kanaal('zaken'),
      abonnement('a', { kanalen: [{ naam: 'zaken', filters: { zaaktype: 'x' }, acties: [], resources: [] }] }),
    ],
    changes: ['~ abonnementen.a kanalen.0.filters.zaaktype'],
  },
  {
    name: 'a list of objects that became longer, as one field',
    before: [kanaal('zaken'), abonnement('a')],
    after: [
      kanaal('zaken'),
      abonnement('a', {
        kanalen: ['zaken', 'zaken'].map((naam) => ({ naam, filters: {}, acties: [], resources: [] })),
      }),
    ],
    changes: ['~ abonnementen.a kanalen'],
  },
  {
    name: 'a setting that is a single value',
    before: [publicUrl('https://a.nl')],
    after: [publicUrl('https://b.nl')],
    changes: ['~ publicUrl '],
  },
  {
    name: 'a setting that is no longer there, in a section that is',
    before: [egress({ policy: 'public', allow: [] })],
    after: [],
    changes: ['- egress'],
  },
  {
    name: 'a setting whose section is absent',
    before: [egress({ policy: 'public', allow: [] })],
    after: [],
    document: { declaredSettings: new Set() },
    changes: [],
  },
  {
    name: 'an absent section',
    before: [kanaal('a'), clientCredential('c', [secret])],
    after: [],
    document: { declared: new Set(['clientCredentials']) },
    changes: ['- clientCredentials.c'],
  },
  {
    name: 'prune: none',
    before: [kanaal('a')],
    after: [],
    document: { reconcile: { prune: 'none', limits: { maxDeletes: 9, maxDeletePercent: 100 } } },
    changes: [],
  },
  {
    name: 'the value of a secret',
    before: [clientCredential('c', [secret])],
    after: [clientCredential('c', [secret])],
    environment: { SECRET: 'another value' },
    changes: ['~ clientCredentials.c secret'],
  },
  {
    name: 'only the reference of a secret',
    before: [clientCredential('c', [secret])],
    after: [clientCredential('c', [envSecret('OTHER')])],
    environment: { OTHER: 'SECRET' },
    changes: ['~ clientCredentials.c secret'],
  },
  {
    name: 'a previous secret beside it',
    before: [clientCredential('c', [secret])],
    after: [clientCredential('c', [secret, previous(NOW + 1)])],
    changes: ['~ clientCredentials.c previousSecret'],
  },
  {
    name: 'a previous secret that has ended by now',
    before: [clientCredential('c', [secret])],
    after: [clientCredential('c', [secret, previous(NOW)])],
    changes: [],
  },
  {
    name: 'the end of a previous secret',
    before: [clientCredential('c', [secret, previous(NOW + 1)])],
    after: [clientCredential('c', [secret, previous(NOW + 2)])],
    changes: ['~ clientCredentials.c previousSecret'],
  },
  {
    name: 'parents first, within a kind by key',
    before: [kanaal('z')],
    after: [
      abonnement('b'),
      abonnement('a'),
      kanaal('zaken'),
      autorisaties('https://a.nl/'),
      clientCredential('c', [secret]),
    ],
    changes: [
      '+ autorisaties.default',
      '+ clientCredentials.c',
      '- kanalen.z',
      '+ kanalen.zaken',
      '+ abonnementen.a',
      '+ abonnementen.b',
    ].toSorted((a, b) => order(a) - order(b)),
  },
]

function order(line: string): number {
  return ['+ autorisaties.default', '+ clientCredentials.c', '- kanalen.z', '+ kanalen.zaken'].indexOf(line) >>> 0
}

onEachDatabase(t, 'a plan shows', async (t, url) => {
  const database = await openTestDatabase(t, url)
  for (const { name, before, after, document, environment, changes } of CASES) {
    await t.test(name, async (t) => {
      await apply(database, wanted([desired('gemeente', [])]))
      await apply(database, wanted([desired('gemeente', before)]))
      const next = wanted([desired('gemeente', after, document)], environment)
      const plan = await planOf(database, next)
      t.strictSame(plan.changes.map(short), changes)
      await apply(database, next)
      t.strictSame((await planOf(database, next)).changes, [], 'and after it nothing')
    })
  }
})

onEachDatabase(t, 'a changed field is shown with its place, before and after', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, wanted([desired('gemeente', [autorisaties('https://a.nl/')])]))
  const changed = autorisaties('https://a.nl/')
  if (changed.kind !== 'autorisaties') throw new Error('not this kind')
  changed.spec = { ...changed.spec, cacheForMs: 90_000, credential: 'ac' }
  changed.fields = new Map([['cacheFor', at(52)]])
  const { changes } = await planOf(database, wanted([desired('gemeente', [changed])]))
  t.match(changes, [
    {
      action: 'update',
      address: 'autorisaties.default',
      origin: { file: 'bode.yaml', line: 50, column: 3 },
      fields: [
        { path: 'credential', before: null, after: 'ac', origin: { line: 50 } },
        { path: 'cacheFor', before: '5m', after: '90s', origin: { file: 'bode.yaml', line: 52 } },
      ],
    },
  ])
})

onEachDatabase(t, 'a secret is shown as fingerprint and reference', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const old = envSecret('OLD', { slot: 'previous', expiresAt: NOW + 1_000 })
  await apply(database, wanted([desired('gemeente', [clientCredential('c', [envSecret('A')])])]))
  const document = wanted([desired('gemeente', [clientCredential('c', [envSecret('A'), old])])], { A: 'rotated' })
  const { changes } = await planOf(database, document)
  const [current, previous] = changes[0]?.fields ?? []
  t.match(current, {
    path: 'secret',
    sensitive: true,
    before: { fingerprint: /^[0-9a-f]{8}$/, reference: 'env:A', expiresAt: null },
    after: { fingerprint: /^[0-9a-f]{8}$/, reference: 'env:A' },
    origin: { line: 31 },
  })
  t.match(previous, { path: 'previousSecret', after: { reference: 'env:OLD', expiresAt: '2026-11-23T09:00:01.000Z' } })
})

onEachDatabase(t, 'the digest of a plan depends on what it does, not on places or order', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const digest = async (objects: DesiredObject[]) =>
    (await planOf(database, wanted([desired('gemeente', objects)]))).sha256
  const one = await digest([kanaal('a'), kanaal('b')])
  t.match(one, /^[0-9a-f]{64}$/)
  t.equal(await digest([kanaal('b', {}, 7), kanaal('a')]), one)
  t.not(await digest([kanaal('a'), kanaal('c')]), one)
})
