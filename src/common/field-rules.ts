// How one value of a request body is read, with the codes and reasons that clients of Open Notificaties
// know (behaviour reference §1.3-§1.8). Pure; a rule never throws.

/** What is wrong with a value; `path` leads to the place inside it. */
export type Fault = { path?: string; code: string; reason: string }
export type Reading<T> = { value: T } | { faults: Fault[] }
export type Rule<T> = (value: unknown) => Reading<T>

export const REQUIRED: Fault = { code: 'required', reason: 'Dit veld is vereist.' }
const NULL: Fault = { code: 'null', reason: 'Dit veld mag niet leeg zijn.' }
const BLANK: Fault = { code: 'blank', reason: 'Dit veld mag niet leeg zijn.' }
const NOT_TEXT: Fault = { code: 'invalid', reason: 'Not a valid string.' }
const INEXACT: Fault = {
  code: 'invalid',
  reason: 'Dit getal is te groot om precies over te nemen. Zet er aanhalingstekens omheen.',
}
export const INVALID_URL: Fault = { code: 'invalid', reason: 'Voer een geldige URL in.' }
const NOT_BOOLEAN: Fault = { code: 'invalid', reason: 'Must be a valid boolean.' }

export function fault(code: string, reason: string): { faults: Fault[] } {
  return { faults: [{ code, reason }] }
}

/**
 * Text: white space around it is dropped, a number becomes its digits, anything else is a fault. So is a
 * number that JSON.parse has already rounded: its digits would not be the ones that were sent.
 */
export function text({ max, blank = false }: { max?: number; blank?: boolean } = {}): Rule<string> {
  return (value) => {
    if (value === null || value === undefined) return { faults: [NULL] }
    if (typeof value !== 'string' && typeof value !== 'number') return { faults: [NOT_TEXT] }
    if (typeof value === 'number' && !isExact(value)) return { faults: [INEXACT] }
    const trimmed = String(value).trim()
    if (trimmed === '') return blank ? { value: '' } : { faults: [BLANK] }
    const faults = [...tooLong(trimmed, max), ...unstorable(trimmed)]
    return faults.length > 0 ? { faults } : { value: trimmed }
  }
}

/** What publishers send is a handful; a thousand would be compared with every filter of every abonnement. */
const MAX_KEYS = 100
const TOO_MANY: Fault = {
  code: 'max_length',
  reason: `Zorg ervoor dat dit veld niet meer dan ${MAX_KEYS} namen bevat.`,
}

/** A map of text to text, of at most MAX_KEYS; the keys are taken as they come. */
export function textMap(limits: { maxValue: number; maxKey?: number }): Rule<Record<string, string>> {
  const readValue = text({ max: limits.maxValue, blank: true })
  return (value) => {
    if (value === null) return { faults: [NULL] }
    if (!isObject(value)) return fault('not_a_dict', expected('een dictionary van items', value))
    if (Object.keys(value).length > MAX_KEYS) return { faults: [TOO_MANY] }
    const faults: Fault[] = []
    const entries: [string, string][] = []
    for (const [key, member] of Object.entries(value)) {
      const reading = readValue(member)
      const wrong = [...tooLong(key, limits.maxKey), ...unstorable(key), ...('faults' in reading ? reading.faults : [])]
      faults.push(...wrong.map((each) => ({ ...each, path: key })))
      if ('value' in reading) entries.push([key, reading.value])
    }
    return faults.length > 0 ? { faults } : { value: Object.fromEntries(entries) }
  }
}

/** A list of text. The first item's path is empty (`filters.`): clients see that name today. */
export function textList(limits: { maxItem: number }): Rule<string[]> {
  const items = listOf(text({ max: limits.maxItem }))
  return (value) => {
    if (value !== null && !Array.isArray(value)) return fault('not_a_list', expected('een lijst met items', value))
    const reading = items(value)
    if ('value' in reading) return reading
    return { faults: reading.faults.map((each) => (each.path === '0' ? { ...each, path: '' } : each)) }
  }
}

/** A list of whatever `item` reads; paths start with the index. */
export function listOf<T>(item: Rule<T>): Rule<T[]> {
  return (value) => {
    if (value === null) return { faults: [NULL] }
    if (!Array.isArray(value)) {
      return {
        faults: [{ path: 'nonFieldErrors', code: 'not_a_list', reason: expected('een lijst met items', value) }],
      }
    }
    const readings = value.map(item)
    const faults = readings.flatMap((reading, index) =>
      'faults' in reading
        ? reading.faults.map((each) => ({
            ...each,
            path: each.path === undefined ? `${index}` : `${index}.${each.path}`,
          }))
        : [],
    )
    if (faults.length > 0) return { faults }
    return { value: readings.flatMap((reading) => ('value' in reading ? [reading.value] : [])) }
  }
}

/** What `rule` reads, then a check of its own: `check` returns the fault, or undefined when it is right. */
export function checked<T>(rule: Rule<T>, check: (value: T) => Fault | undefined): Rule<T> {
  return (value) => {
    const reading = rule(value)
    const found = 'value' in reading ? check(reading.value) : undefined
    return found === undefined ? reading : { faults: [found] }
  }
}

/** What `rule` reads, in another form. */
export function mapped<T, U>(rule: Rule<T>, change: (value: T) => U): Rule<U> {
  return (value) => {
    const reading = rule(value)
    return 'value' in reading ? { value: change(reading.value) } : reading
  }
}

/** What `rule` reads, and undefined for null: a member that need not be there. */
export function nullable<T>(rule: Rule<T>): Rule<T | undefined> {
  return (value) => (value === null ? { value: undefined } : rule(value))
}

const TRUE = new Set(['t', 'y', 'yes', 'true', 'on', '1'])
const FALSE = new Set(['f', 'n', 'no', 'false', 'off', '0'])

/** A boolean, also as the words and digits that Open Notificaties takes for one. */
export const flag: Rule<boolean> = (value) => {
  if (value === null) return { faults: [NULL] }
  const word = typeof value === 'string' ? value.trim().toLowerCase() : JSON.stringify(value)
  if (TRUE.has(word)) return { value: true }
  return FALSE.has(word) ? { value: false } : { faults: [NOT_BOOLEAN] }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The fault of something that should have been an object. */
export function notAnObject(value: unknown): Fault {
  return value === null
    ? { path: 'nonFieldErrors', code: 'null', reason: 'No data provided' }
    : {
        path: 'nonFieldErrors',
        code: 'invalid',
        reason: `Ongeldige data. Verwacht een dictionary, kreeg een ${typeName(value)}.`,
      }
}

/** False for what is beyond the integers that a double tells apart. */
function isExact(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER
}

function tooLong(value: string, max: number | undefined): Fault[] {
  if (max === undefined || value.length <= max || Array.from(value).length <= max) return []
  return [{ code: 'max_length', reason: `Zorg ervoor dat dit veld niet meer dan ${max} karakters bevat.` }]
}

/** What no database can hold: NUL, and halves of surrogate pairs. */
function unstorable(value: string): Fault[] {
  const faults: Fault[] = []
  if (value.includes('\0')) {
    faults.push({ code: 'null_characters_not_allowed', reason: 'Null-tekens zijn niet toegestaan.' })
  }
  const lone = /\p{Surrogate}/u.exec(value)?.[0]
  if (lone !== undefined) {
    const codePoint = lone.charCodeAt(0).toString(16).toUpperCase()
    faults.push({
      code: 'surrogate_characters_not_allowed',
      reason: `Surrogate characters are not allowed: U+${codePoint}.`,
    })
  }
  return faults
}

function expected(what: string, value: unknown): string {
  return `Verwachtte ${what}, maar kreeg type "${typeName(value)}".`
}

/** The name of a JSON type as Open Notificaties (Python) gives it. */
function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType'
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  return { string: 'str', boolean: 'bool', object: 'dict' }[typeof value as string] ?? typeof value
}
