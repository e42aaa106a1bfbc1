import * as fc from 'fast-check'
import t from 'tap'
import type { KanaalFilter } from '../../src/common/model.ts'
import { explain, type Explanation } from '../../src/notificaties/explain.ts'
import { matchAbonnementen } from '../../src/notificaties/match.ts'
import { notificatieOf } from '../support/notificatie.ts'
import { abonnementOf, byKey } from '../support/snapshot.ts'

const entry = (parts: Partial<KanaalFilter> = {}): KanaalFilter => ({
  naam: 'zaken',
  filters: {},
  acties: [],
  resources: [],
  ...parts,
})

const message = notificatieOf({ kenmerken: { zaaktype: 'A', objectType: 'x' } })

const cases: [what: string, kanalen: KanaalFilter[], explanation: Explanation][] = [
  ['no entries', [], { matched: false, reason: 'kanaal', kanalen: [] }],
  [
    'entries for other kanalen only',
    [entry({ naam: 'besluiten' }), entry({ naam: 'besluiten' }), entry({ naam: 'documenten' })],
    { matched: false, reason: 'kanaal', kanalen: ['besluiten', 'documenten'] },
  ],
  ['the first entry that passes', [entry({ acties: ['destroy'] }), entry()], { matched: true, entry: 1, open: [] }],
  [
    'an actie that is not wanted',
    [entry({ acties: ['update', 'destroy'] })],
    {
      matched: false,
      reason: 'entries',
      misses: [{ entry: 0, kind: 'actie', wanted: ['update', 'destroy'], got: 'create' }],
    },
  ],
  [
    'a resource that is not wanted',
    [entry({ resources: ['zaak'] })],
    { matched: false, reason: 'entries', misses: [{ entry: 0, kind: 'resource', wanted: ['zaak'], got: 'status' }] },
  ],
  [
    'another value, by a key in the other spelling',
    [entry({ filters: { zaaktype: 'A', object_type: 'y' } })],
    {
      matched: false,
      reason: 'entries',
      misses: [{ entry: 0, kind: 'filter', key: 'object_type', wanted: 'y', got: 'x' }],
    },
  ],
  [
    'a reason for each entry of the kanaal',
    [entry({ acties: ['update'] }), entry({ naam: 'besluiten' }), entry({ filters: { zaaktype: 'B' } })],
    {
      matched: false,
      reason: 'entries',
      misses: [
        { entry: 0, kind: 'actie', wanted: ['update'], got: 'create' },
        { entry: 2, kind: 'filter', key: 'zaaktype', wanted: 'B', got: 'A' },
      ],
    },
  ],
  [
    'a filter on a kenmerk that is missing',
    [entry({ filters: { zaaktyp: 'B' } })],
    { matched: true, entry: 0, open: ['zaaktyp'] },
  ],
  ['a star', [entry({ filters: { zaaktype: '*' } })], { matched: true, entry: 0, open: [] }],
]

for (const [what, kanalen, explanation] of cases) {
  void t.test(`explained: ${what}`, async (t) => {
    t.strictSame(explain(kanalen, message), explanation)
  })
}

const key = fc.constantFrom('a', 'b', 'object_type', 'objectType', 'constructor')
const value = fc.constantFrom('1', '2', '*', '')
const anyEntry = fc.record({
  naam: fc.constantFrom('zaken', 'documenten'),
  filters: fc.dictionary(key, value, { noNullPrototype: true }),
  acties: fc.uniqueArray(fc.constantFrom('create', 'UPDATE')),
  resources: fc.uniqueArray(fc.constantFrom('zaak', 'Status')),
})
const anyMessage = fc.record({
  kanaal: fc.constantFrom('zaken', 'documenten', 'besluiten'),
  actie: fc.constantFrom('create', 'CREATE', 'update', 'destroy'),
  resource: fc.constantFrom('zaak', 'status', 'rol'),
  kenmerken: fc.dictionary(fc.constantFrom('a', 'b', 'objectType'), fc.constantFrom('1', '2', ''), {
    noNullPrototype: true,
  }),
})

void t.test('a message is explained as matched exactly when it is matched', async () => {
  fc.assert(
    fc.property(fc.array(anyEntry, { maxLength: 4 }), anyMessage, (kanalen, parts) => {
      const message = notificatieOf(parts)
      const abonnementen = byKey('id', [abonnementOf('a', { kanalen })])
      return explain(kanalen, message).matched === (matchAbonnementen({ abonnementen }, message).length === 1)
    }),
    { numRuns: 2_000 },
  )
})
