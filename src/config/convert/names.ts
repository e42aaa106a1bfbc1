import type { GivenSecret } from '../../common/open-notificaties.ts'
import { variableName } from '../variable-name.ts'
import { SecretMark } from './converted.ts'

/** Gives out names that nobody has yet: `zac`, `zac-2`, `zac-3`. */
export class Names {
  readonly #taken = new Set<string>()
  readonly #separator: string

  constructor(separator: string) {
    this.#separator = separator
  }

  take(wanted: string): string {
    let name = wanted
    for (let number = 2; this.#taken.has(name); number += 1) name = `${wanted}${this.#separator}${number}`
    this.#taken.add(name)
    return name
  }

  /** A name that somebody else gave; several may use it. */
  reserve(name: string): void {
    this.#taken.add(name)
  }
}

/**
 * Names for secrets. One that already comes from an environment variable keeps its variable, so what
 * feeds that today can feed Bode.
 */
export class SecretNames {
  readonly #names = new Names('_')

  constructor(known: readonly (GivenSecret | undefined)[]) {
    for (const secret of known) if (secret?.env !== undefined) this.#names.reserve(secret.env)
  }

  mark(secret: GivenSecret | undefined, key: string, field: string): SecretMark {
    const name = secret?.env ?? this.#names.take(variableName(key, field))
    return new SecretMark(name, secret?.value)
  }
}
