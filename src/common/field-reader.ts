import { isObject, notAnObject, REQUIRED, type Fault, type Reading, type Rule } from './field-rules.ts'
import type { InvalidParam } from './problem.ts'

/**
 * Reads the members of one object and collects every fault on the way. What it returns means something
 * only when `faults` is empty at the end.
 */
export class FieldReader {
  readonly faults: Fault[] = []
  readonly #members: Record<string, unknown>

  constructor(members: Record<string, unknown>) {
    this.#members = members
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name)
  }

  required<T>(name: string, rule: Rule<T>): T {
    if (this.has(name)) return this.#read(name, rule)
    this.#add(name, [REQUIRED])
    return undefined as T
  }

  optional<T, F>(name: string, rule: Rule<T>, fallback: F): T | F {
    return this.has(name) ? this.#read(name, rule) : fallback
  }

  #read<T>(name: string, rule: Rule<T>): T {
    const reading = rule(this.#members[name])
    if ('value' in reading) return reading.value
    this.#add(name, reading.faults)
    return undefined as T
  }

  #add(name: string, faults: readonly Fault[]): void {
    this.faults.push(
      ...faults.map((each) => ({ ...each, path: each.path === undefined ? name : `${name}.${each.path}` })),
    )
  }
}

/** A rule for an object whose members `read` takes out of a FieldReader. */
export function object<T>(read: (fields: FieldReader) => T): Rule<T> {
  return (value): Reading<T> => {
    if (!isObject(value)) return { faults: [notAnObject(value)] }
    const fields = new FieldReader(value)
    const result = read(fields)
    return fields.faults.length > 0 ? { faults: fields.faults } : { value: result }
  }
}

/** Faults as the standard shows them. */
export function toInvalidParams(faults: readonly Fault[]): InvalidParam[] {
  return faults.map(({ path, code, reason }) => ({ name: path ?? '', code, reason }))
}
