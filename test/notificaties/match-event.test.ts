import * as fc from 'fast-check'
import t from 'tap'
import type { CloudEventFilter } from '../../src/common/model.ts'
import type { CloudEvent } from '../../src/notificaties/cloud-event.ts'
import { compileEventMatcher } from '../../src/notificaties/match-event.ts'
import { abonnementOf, byKey } from '../support/snapshot.ts'

type Filters = Record<string, string>
const filter = (typeSubstring: string, filters: Filters = {}): CloudEventFilter => ({ typeSubstring, filters })

const TYPE = 'nl.overheid.zaken.zaak_created'
const DATA = { zaaktype: 'A', zaakType: 'B', aantal: 1, leeg: '', niets: null, deep: { a: 'x' } }

const cases: [what: string, filters: CloudEventFilter[], matches: boolean][] = [
  ['no filters', [], false],
  ['a part of the type', [filter('zaken.zaak')], true],
  ['the whole type', [filter(TYPE)], true],
  ['an empty part', [filter('')], true],
  ['more than the type', [filter(`${TYPE}.x`)], false],
  ['other capitals', [filter('Zaken')], false],
  ['a percent sign, which is no wildcard', [filter('zaken%created')], false],
  ['an underscore, which is no wildcard', [filter('zaken_zaak')], false],
  ['a dot, which is no wildcard', [filter('zaak.created')], false],
  ['one of two', [filter('besluiten'), filter('zaken')], true],
  ['an equal value', [filter('zaken', { zaaktype: 'A' })], true],
  ['another value', [filter('zaken', { zaaktype: 'B' })], false],
  ['a value in other capitals', [filter('zaken', { zaaktype: 'a' })], false],
  ['a star', [filter('zaken', { zaaktype: '*' })], true],
  ['a member that the data has not', [filter('zaken', { ergens: 'x' })], true],
  ['a name that every object has', [filter('zaken', { constructor: 'x' })], true],
  ['a snake_case key, which asks for the camelCase member', [filter('zaken', { zaak_type: 'B' })], true],
  ['that key with another value', [filter('zaken', { zaak_type: 'A' })], false],
  ['a number is no text', [filter('zaken', { aantal: '1' })], false],
  ['an empty value', [filter('zaken', { leeg: '' })], true],
  ['null is no empty value', [filter('zaken', { niets: '' })], false],
  ['an object', [filter('zaken', { deep: 'x' })], false],
  ['the right attribute with the wrong type', [filter('besluiten', { zaaktype: 'A' })], false],
  ['both attributes of one filter', [filter('zaken', { zaaktype: 'A', leeg: 'x' })], false],
  ['one filter each', [filter('zaken', { zaaktype: 'B' }), filter('zaken', { zaaktype: 'A' })], true],
]

const matching = (filters: CloudEventFilter[], payload: CloudEvent['payload'], send = true): boolean => {
  const abonnementen = byKey('id', [abonnementOf('a', { cloudEvents: { send, filters } })])
  return compileEventMatcher({ abonnementen })({ type: TYPE, payload }).length === 1
}

void t.test('an abonnement gets an event when one of its filters passes', async (t) => {
  for (const [what, filters, matches] of cases) {
    t.equal(matching(filters, { data: DATA }), matches, what)
    t.equal(matching(filters, { data: DATA }, false), false, `${what}, without asking for CloudEvents`)
  }
})

void t.test('data that is no object has no member that differs', async (t) => {
  const filters = [filter('zaken', { zaaktype: 'A', 0: 'x', length: '1' })]
  for (const data of [null, 'zaaktype', '{"zaaktype":"B"}', 5, true, [{ zaaktype: 'B' }], {}]) {
    t.ok(matching(filters, { data }), JSON.stringify(data))
  }
  t.ok(matching(filters, {}), 'no data')
  t.ok(matching(filters, { data_base64: 'AP8=' }), 'bytes')
})

void t.test('kanalen do not matter, and each abonnement is named once', async (t) => {
  const twice = { send: true, filters: [filter('zaken'), filter('nl')] }
  const entry = { naam: 'zaken', filters: {}, acties: [], resources: [] }
  const abonnementen = byKey('id', [
    abonnementOf('b', { cloudEvents: twice }),
    abonnementOf('only kanalen', { kanalen: [entry], cloudEvents: { send: true, filters: [] } }),
    abonnementOf('a', { cloudEvents: twice }),
  ])
  t.strictSame(compileEventMatcher({ abonnementen })({ type: TYPE, payload: {} }), ['b', 'a'])
})

// A naive reading of the rules, to compare with: it asks of every letter and every member in turn.
function oracle(
  { send, filters }: { send: boolean; filters: CloudEventFilter[] },
  type: string,
  data: unknown,
): boolean {
  if (!send) return false
  for (const { typeSubstring, filters: wanted } of filters) {
    let found = false
    for (let start = 0; start + typeSubstring.length <= type.length; start += 1) {
      found ||= type.slice(start, start + typeSubstring.length) === typeSubstring
    }
    const members = typeof data === 'object' && data !== null && !Array.isArray(data) ? Object.entries(data) : []
    const differs = Object.entries(wanted).some(
      ([key, value]) =>
        value !== '*' && members.some(([name, each]) => name === camel(key) && (each as unknown) !== value),
    )
    if (found && !differs) return true
  }
  return false
}

const camel = (key: string): string =>
  key
    .split('_')
    .map((part, index) => (index === 0 ? part : part.slice(0, 1).toUpperCase() + part.slice(1)))
    .join('')

const letters = (max: number) => fc.string({ unit: fc.constantFrom('a', 'A', 'b', '.'), maxLength: max })
const value = fc.constantFrom('1', '2', '*', '')
const anyFilter = fc.record({
  typeSubstring: letters(3),
  filters: fc.dictionary(fc.constantFrom('a', 'a_b', 'aB', 'constructor'), value, { noNullPrototype: true }),
})
const anyData = fc.oneof(
  fc.dictionary(fc.constantFrom('a', 'a_b', 'aB', 'constructor'), fc.oneof(value, fc.constantFrom(1, null, {})), {
    noNullPrototype: true,
  }),
  fc.constantFrom(null, 'a', 1, ['1'], [{ a: '1' }]),
)
const anyCloudEvents = fc.record({
  send: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  filters: fc.array(anyFilter, { maxLength: 3 }),
})

void t.test('matching agrees with a naive reading of the rules', async (t) => {
  const seen = new Set<number>()
  fc.assert(
    fc.property(fc.array(anyCloudEvents, { maxLength: 5 }), letters(6), anyData, (all, type, data) => {
      const abonnementen = byKey(
        'id',
        all.map((cloudEvents, index) => abonnementOf(`${index}`, { cloudEvents })),
      )
      const expected = [...abonnementen.values()]
        .filter(({ cloudEvents }) => oracle(cloudEvents, type, data))
        .map(({ id }) => id)
      seen.add(expected.length)
      return (
        JSON.stringify(compileEventMatcher({ abonnementen })({ type, payload: { data } })) === JSON.stringify(expected)
      )
    }),
    { numRuns: 2_000 },
  )
  t.ok(seen.has(0) && seen.has(2), 'some match and some do not')
})
