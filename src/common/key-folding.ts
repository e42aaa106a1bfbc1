// The key conversion of Open Notificaties' two border libraries: every key that comes in is made
// snake_case and every key that goes out camelCase. Publishers and subscribers of one kanaal rely on
// both spellings being one key, so the rules are exactly theirs (behaviour reference §2.6), digits,
// capitals and all. Only ASCII letters and digits take part.

type CharacterClass = 'lower' | 'upper' | 'digit' | 'other' | 'end'

/**
 * The snake_case form of a key: `objectType` -> `object_type`, `URLPath` -> `url_path`. Leading
 * underscores are lost. Behaviour reference §2.6.
 */
export function toSnakeKey(key: string): string {
  let folded = ''
  let previousBroke = false
  for (let index = 0; index < key.length; index += 1) {
    previousBroke = breaksBefore(key, index, previousBroke)
    folded += (previousBroke ? '_' : '') + key[index]
  }
  return folded.toLowerCase().replace(/^_+/, '')
}

/** The camelCase form of a key: an underscore before an ASCII lower-case letter or digit is taken out. */
export function toCamelKey(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_match, character: string) => character.toUpperCase())
}

/**
 * The one form of a key under which both spellings meet: `objectType` and `object_type` both give
 * `objectType`. Keys of kenmerken and of filters are compared folded.
 */
export function foldKey(key: string): string {
  const known = folded.get(key)
  if (known !== undefined) return known
  const fresh = toCamelKey(toSnakeKey(key))
  if (folded.size >= MAX_FOLDED) folded.clear()
  if (key.length <= MAX_FOLDED_LENGTH) folded.set(key, fresh)
  return fresh
}

/** Messages have the same few keys each time: folding them anew was 4 % of the work of taking one in. */
const folded = new Map<string, string>()
const MAX_FOLDED = 1_000
const MAX_FOLDED_LENGTH = 100

/**
 * A JSON value with every object key folded, as deep as the bodies of this API go; what lies deeper is
 * left as it is (no field accepts it), so that a hostile nesting costs nothing. Of two keys that fold to
 * one the last wins.
 */
export function foldKeys(value: unknown, depth = MAX_DEPTH): unknown {
  if (typeof value !== 'object' || value === null || depth === 0) return value
  if (Array.isArray(value)) return value.map((item) => foldKeys(item, depth - 1))
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [foldKey(key), foldKeys(member, depth - 1)]))
}

/** abonnement > kanalen > entry > filters > value. */
const MAX_DEPTH = 6

/** True when an underscore goes before the character at `index`. */
function breaksBefore(key: string, index: number, previousBroke: boolean): boolean {
  const previous = classAt(key, index - 1)
  const next = classAt(key, index + 1)
  const here = classAt(key, index)
  if (here === 'upper') {
    return (
      next === 'lower' ||
      previous === 'lower' ||
      (previous === 'digit' && !previousBroke) ||
      (next === 'digit' && isEndOfSingleDigit(key, index + 2)) ||
      (next === 'digit' && previous === 'upper' && !previousBroke)
    )
  }
  if (here !== 'digit') return false
  return (
    (previous === 'lower' && (next === 'digit' || next === 'upper' || next === 'end')) ||
    (previous === 'upper' && (next === 'digit' || next === 'end'))
  )
}

/** There is a character at `index` and it is no digit. */
function isEndOfSingleDigit(key: string, index: number): boolean {
  const found = classAt(key, index)
  return found !== 'end' && found !== 'digit'
}

function classAt(key: string, index: number): CharacterClass {
  const character = key[index]
  if (character === undefined) return 'end'
  if (character >= 'a' && character <= 'z') return 'lower'
  if (character >= 'A' && character <= 'Z') return 'upper'
  return character >= '0' && character <= '9' ? 'digit' : 'other'
}
