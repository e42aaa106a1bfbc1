import { inspect } from 'node:util'

/** What is printed for a secret: a fixed width, so that not even its length shows. */
export const SECRET_MASK = '********'

/**
 * A secret value that cannot be printed by accident: string conversion, JSON and `inspect` give a
 * mask. Only `reveal()` opens it, and only sealing, fingerprinting, verifying and the outgoing
 * request call that.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Never pass it to a log, an error or a plan. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return SECRET_MASK
  }

  toJSON(): string {
    return SECRET_MASK
  }

  [inspect.custom](): string {
    return SECRET_MASK
  }
}
