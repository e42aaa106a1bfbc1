import * as fc from 'fast-check'
import t from 'tap'
import { foldKey, toCamelKey, toSnakeKey } from '../../src/common/key-folding.ts'
import { FOLDED_KEYS } from '../support/folded-keys.ts'

const snaked: [key: string, expected: string][] = [
  ['objectType', 'object_type'],
  ['URLPath', 'url_path'],
  ['fooBAR', 'foo_bar'],
  ['foo1', 'foo_1'],
  ['foo12', 'foo_12'],
  ['iPhone6S', 'i_phone_6s'],
  ['x2y', 'x2y'],
  ['A1', 'a_1'],
  ['A1b', 'a1b'],
  ['AB1c', 'a_b1c'],
  ['AB12', 'a_b_12'],
  ['zaaktype.catalogus', 'zaaktype.catalogus'],
]

void t.test('each known key folds as Open Notificaties folds it', async (t) => {
  for (const [key, expected] of FOLDED_KEYS) t.equal(foldKey(key), expected, JSON.stringify(key))
})

void t.test('each known key has its snake_case form', async (t) => {
  for (const [key, expected] of snaked) t.equal(toSnakeKey(key), expected, JSON.stringify(key))
})

const key = fc.string({ unit: fc.constantFrom(...Array.from('abzABZ019_.- é')), maxLength: 12 })
/** L, U, D: an ASCII lower-case letter, capital, digit; `.` anything else; `$` beyond either end. */
function classOf(character: string | undefined): string {
  if (character === undefined) return '$'
  const [, lower, upper, digit] = /^(?:([a-z])|([A-Z])|([0-9]))$/.exec(character) ?? []
  return (lower && 'L') ?? (upper && 'U') ?? (digit && 'D') ?? '.'
}

/**
 * The rules of behaviour reference §2.6 as a table: before the second of four characters an underscore comes when
 * their classes look like this; with `false` only when none came before the first.
 */
const BREAKS: [window: RegExp, afterBreak: boolean][] = [
  [/^.UL/, true],
  [/^LU/, true],
  [/^DU/, false],
  [/^.UD[^D$]/, true],
  [/^UUD/, false],
  [/^LD[DU$]/, true],
  [/^UD[D$]/, true],
]

function snakeByTable(key: string): string {
  const characters = Array.from({ length: key.length }, (_, index) => key.charAt(index))
  const breaks: boolean[] = []
  for (const index of characters.keys()) {
    const window = [-1, 0, 1, 2].map((step) => classOf(characters[index + step])).join('')
    breaks.push(BREAKS.some(([shape, afterBreak]) => shape.test(window) && (afterBreak || breaks[index - 1] !== true)))
  }
  const broken = characters.map((character, index) => (breaks[index] === true ? `_${character}` : character)).join('')
  return broken.toLowerCase().replace(/^_+/, '')
}

function camelByPairs(key: string): string {
  if (key === '') return ''
  const [first, second, rest] = [key.charAt(0), key.charAt(1), key.slice(1)] as const
  if (first !== '_' || !'abcdefghijklmnopqrstuvwxyz0123456789'.includes(second || '_'))
    return first + camelByPairs(rest)
  return second.toUpperCase() + camelByPairs(rest.slice(1))
}

void t.test('the conversions agree with the rules written as a table', async (t) => {
  for (const [input, expected] of snaked) t.equal(snakeByTable(input), expected, `the table itself: ${input}`)
  fc.assert(
    fc.property(key, (key) => toSnakeKey(key) === snakeByTable(key) && toCamelKey(key) === camelByPairs(key)),
    { numRuns: 20_000 },
  )
})

const words = fc.array(fc.string({ unit: fc.constantFrom(...Array.from('abcxyz')), minLength: 2, maxLength: 6 }), {
  minLength: 1,
  maxLength: 4,
})

void t.test('a key of plain words folds to one form from either spelling', async () => {
  fc.assert(
    fc.property(words, (words) => {
      const snake = words.join('_')
      return foldKey(snake) === foldKey(toCamelKey(snake)) && toSnakeKey(toCamelKey(snake)) === snake
    }),
  )
})

void t.test('folding only ever adds or removes underscores and changes case', async () => {
  const bare = (key: string): string => key.replaceAll('_', '').toLowerCase()
  fc.assert(fc.property(key, (key) => bare(foldKey(key)) === bare(key) && bare(toSnakeKey(key)) === bare(key)))
})

void t.test('the snake_case form has no ASCII capital and no leading underscore', async () => {
  fc.assert(fc.property(key, (key) => !/[A-Z]|^_/.test(toSnakeKey(key))))
})

void t.test('the camelCase form has no underscore before a lower-case letter', async () => {
  fc.assert(fc.property(key, (key) => !/_[a-z]/.test(toCamelKey(key))))
})
