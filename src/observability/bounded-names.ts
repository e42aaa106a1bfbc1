/** Where everything beyond the bound is counted. */
const OTHER = 'other'

/**
 * Values of a label, bounded: every new one makes new series, in this process and in whoever stores them. The first
 * `max` names are themselves, later ones are `other` until some of those are gone.
 */
export class BoundedNames {
  readonly #max: number
  readonly #names = new Set<string>()

  constructor(max: number) {
    this.#max = max
  }

  labelOf(name: string): string {
    if (this.#names.has(name)) return name
    if (this.#names.size >= this.#max) return OTHER
    this.#names.add(name)
    return name
  }

  /** Forgets what is not in `live`; returns it, so that its series can go. */
  prune(live: ReadonlySet<string>): string[] {
    const gone = [...this.#names].filter((name) => !live.has(name))
    for (const name of gone) this.#names.delete(name)
    return gone
  }
}
