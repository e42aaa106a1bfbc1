import type { Refusal } from '../common/refusal.ts'
import { insertAudit, type AuditEntry } from '../db/audit.ts'
import type { Database } from '../db/open.ts'

/** Clients are few and codes too; more than this in one minute is somebody who plays, and is counted together. */
const MAX_KINDS = 500
const MORE = 'more'

/**
 * Counts refused access, and writes one entry of the audit for each client and reason at every flush: whoever is
 * refused a thousand times a minute fills no table. Noting costs a request a look-up, and cannot fail.
 */
export class RefusedAccess {
  readonly #database: Database
  readonly #onAudited: (entry: AuditEntry) => void
  #noted = new Map<string, { refusal: Refusal; count: number }>()

  constructor(database: Database, onAudited: (entry: AuditEntry) => void) {
    this.#database = database
    this.#onAudited = onAudited
  }

  note(refusal: Refusal): void {
    this.#add(refusal, 1)
  }

  /** Writes what was noted, at `now` (epoch ms). Throws what the write throws, and keeps it for the next time. */
  async flush(now: number): Promise<void> {
    if (this.#noted.size === 0) return
    const noted = this.#noted
    this.#noted = new Map()
    const entries = [...noted.values()].map(({ refusal, count }) => entryOf(refusal, count))
    try {
      await this.#database.transaction(async (tx) => {
        for (const entry of entries) await insertAudit(tx, entry, now)
      })
    } catch (error) {
      for (const { refusal, count } of noted.values()) this.#add(refusal, count)
      throw error
    }
    entries.forEach(this.#onAudited)
  }

  #add(refusal: Refusal, count: number): void {
    const kind = JSON.stringify([refusal.clientId, refusal.claimed, refusal.status, refusal.code])
    const known = this.#noted.get(kind)
    if (known !== undefined) known.count += count
    else if (this.#noted.size < MAX_KINDS || refusal.code === MORE) this.#noted.set(kind, { refusal, count })
    else this.#add({ clientId: null, claimed: null, status: refusal.status, code: MORE }, count)
  }
}

function entryOf({ clientId, claimed, status, code }: Refusal, count: number): AuditEntry {
  return {
    actor: clientId === null ? 'unknown' : `client:${clientId}`,
    action: 'access.refused',
    subject: claimed === null || clientId !== null ? 'api' : `clientCredential ${claimed}`,
    result: code ?? String(status),
    detail: { status, count },
  }
}
