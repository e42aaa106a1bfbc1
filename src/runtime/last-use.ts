import type { SecretUse } from '../common/snapshot.ts'

/** A secret that was used at `at` (epoch ms). */
export type DatedUse = SecretUse & { readonly at: number }

/**
 * How exact the moment is that is written down: a client that calls all day costs one small write a
 * minute, and nobody decides about a rotation by the second.
 */
const PRECISION_MS = 60_000

/**
 * When each secret was last used. Noting is a lookup in a map, so it costs a request nothing and can
 * not fail; `flush` writes what is new in one go, and keeps it for the next time when that fails.
 */
export class LastUse {
  readonly #write: (uses: readonly DatedUse[]) => Promise<void>
  readonly #written = new Map<string, number>()
  #noted = new Map<string, DatedUse>()

  constructor(write: (uses: readonly DatedUse[]) => Promise<void>) {
    this.#write = write
  }

  note(use: SecretUse, now: number): void {
    const key = `${use.objectId} ${use.slot} ${use.fingerprint}`
    const written = this.#written.get(key)
    if (written === undefined || now - written >= PRECISION_MS) this.#noted.set(key, { ...use, at: now })
  }

  /** Throws what the write throws. */
  async flush(): Promise<void> {
    if (this.#noted.size === 0) return
    const noted = this.#noted
    this.#noted = new Map()
    try {
      await this.#write([...noted.values()])
    } catch (error) {
      this.#noted = new Map([...noted, ...this.#noted])
      throw error
    }
    for (const [key, { at }] of noted) this.#written.set(key, at)
  }
}
