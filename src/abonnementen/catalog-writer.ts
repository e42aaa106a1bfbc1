import { Problem, unavailable } from '../common/problem.ts'
import type { Snapshot } from '../common/snapshot.ts'
import { insertAudit, type AuditEntry } from '../db/audit.ts'
import { bumpEpoch } from '../db/catalog.ts'
import type { Database, Transaction } from '../db/open.ts'

/** One write to the catalog with its entry in the audit, at `now` (epoch ms); resolves to the snapshot in which it shows. */
export type CatalogWriter = (
  work: (tx: Transaction) => Promise<void>,
  audit: { entry: AuditEntry; now: number },
) => Promise<Snapshot>

export type CatalogWriterOptions = {
  database: Database
  reload: () => Promise<Snapshot>
  /** Told of every entry of the audit after its commit. */
  onAudited?: (entry: AuditEntry) => void
}

/**
 * Writes in one transaction with a bump of the epoch, which comes first: it puts these writes in a row,
 * so what `work` reads cannot change under it, and from the commit on every accept counts with it.
 * Throws the Problem that `work` throws, and Problem `unavailable` when the database does not do it.
 */
export function createCatalogWriter({ database, reload, onAudited }: CatalogWriterOptions): CatalogWriter {
  return async (work, { entry, now }) => {
    try {
      await database.transaction(async (tx) => {
        await bumpEpoch(tx)
        await work(tx)
        await insertAudit(tx, entry, now)
      })
      onAudited?.(entry)
      return await reload()
    } catch (error) {
      if (error instanceof Problem) throw error
      throw unavailable(error, 'De wijziging kon niet worden opgeslagen.')
    }
  }
}
