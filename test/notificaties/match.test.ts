import * as fc from 'fast-check'
import t from 'tap'
import type { KanaalFilter } from '../../src/common/model.ts'
import { matchAbonnementen } from '../../src/notificaties/match.ts'
import { abonnementOf, byKey } from '../support/snapshot.ts'
import { notificatieOf } from '../support/notificatie.ts'

const entry = (parts: Partial<KanaalFilter> = {}): KanaalFilter => ({
  naam: 'zaken',
  filters: {},
  acties: [],
  resources: [],
  ...parts,
})

const message = notificatieOf({ kenmerken: { zaaktype: 'A', objectType: 'x', leeg: '' } })

const cases: [what: string, kanalen: KanaalFilter[], matches: boolean][] = [
  ['no entries', [], false],
  ['an entry for another kanaal', [entry({ naam: 'documenten' })], false],
  ['an entry without filters', [entry()], true],
  ['an equal value', [entry({ filters: { zaaktype: 'A' } })], true],
  ['another value', [entry({ filters: { zaaktype: 'B' } })], false],
  ['another capital', [entry({ filters: { zaaktype: 'a' } })], false],
  ['a star', [entry({ filters: { zaaktype: '*' } })], true],
  ['a star with something before it', [entry({ filters: { zaaktype: 'A*' } })], false],
  ['a kenmerk that the message has not', [entry({ filters: { ergens: 'x' } })], true],
  ['a name that every object has', [entry({ filters: { constructor: 'x' } })], true],
  ['an empty value', [entry({ filters: { leeg: '' } })], true],
  ['one of two filters differs', [entry({ filters: { zaaktype: 'A', objectType: 'y' } })], false],
  ['a snake_case key', [entry({ filters: { object_type: 'x' } })], true],
  ['a snake_case key with another value', [entry({ filters: { object_type: 'y' } })], false],
  [
    'the same kanaal twice, one passes',
    [entry({ filters: { zaaktype: 'B' } }), entry({ filters: { zaaktype: 'A' } })],
    true,
  ],
  ['an actie among those wanted', [entry({ acties: ['update', 'create'] })], true],
  ['an actie in other capitals', [entry({ acties: ['CREATE'] })], true],
  ['an actie that is not wanted', [entry({ acties: ['destroy'] })], false],
  ['a resource that is wanted', [entry({ resources: ['status'] })], true],
  ['a resource that is not wanted', [entry({ resources: ['zaak'] })], false],
  ['a wanted actie of another resource', [entry({ acties: ['create'], resources: ['zaak'] })], false],
]

void t.test('an abonnement gets a message when one entry passes', async (t) => {
  for (const [what, kanalen, matches] of cases) {
    const abonnementen = byKey('id', [abonnementOf('a', { kanalen })])
    t.strictSame(matchAbonnementen({ abonnementen }, message), matches ? ['a'] : [], what)
  }
})

void t.test('an abonnement gets a message once, however many entries pass', async (t) => {
  const abonnementen = byKey('id', [
    abonnementOf('a', { kanalen: [entry(), entry()] }),
    abonnementOf('b', { kanalen: [entry()] }),
  ])
  t.strictSame(matchAbonnementen({ abonnementen }, message), ['a', 'b'])
})

// A naive reading of the rules, to compare with: no index, no compilation, keys already folded.
function oracle(kanalen: readonly KanaalFilter[], { kanaal, actie, resource, kenmerken }: typeof message): boolean {
  return kanalen.some(
    (entry) =>
      entry.naam === kanaal &&
      (entry.acties.length === 0 || entry.acties.includes(actie)) &&
      (entry.resources.length === 0 || entry.resources.includes(resource)) &&
      Object.entries(entry.filters).every(([key, value]) => {
        const found = Object.entries(kenmerken).find(([each]) => each === key)
        return found === undefined || value === '*' || found[1] === value
      }),
  )
}

const name = fc.constantFrom('zaken', 'documenten', 'besluiten')
const key = fc.constantFrom('a', 'b', 'cd', 'constructor')
const value = fc.constantFrom('1', '2', '*', '')
const anyEntry = fc.record({
  naam: name,
  filters: fc.dictionary(key, value, { noNullPrototype: true }),
  acties: fc.uniqueArray(fc.constantFrom('create', 'update')),
  resources: fc.uniqueArray(fc.constantFrom('zaak', 'status')),
})
const anyMessage = fc.record({
  kanaal: name,
  actie: fc.constantFrom('create', 'update', 'destroy'),
  resource: fc.constantFrom('zaak', 'status', 'rol'),
  kenmerken: fc.dictionary(key, value, { noNullPrototype: true }),
})

void t.test('matching agrees with a naive reading of the rules', async () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyEntry, { maxLength: 4 }), { maxLength: 6 }), anyMessage, (all, parts) => {
      const message = notificatieOf(parts)
      const abonnementen = byKey(
        'id',
        all.map((kanalen, index) => abonnementOf(`${index}`, { kanalen })),
      )
      const expected = [...abonnementen.values()].filter(({ kanalen }) => oracle(kanalen, message)).map(({ id }) => id)
      return JSON.stringify(matchAbonnementen({ abonnementen }, message)) === JSON.stringify(expected)
    }),
    { numRuns: 1_000 },
  )
})
