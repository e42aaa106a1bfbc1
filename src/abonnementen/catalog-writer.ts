import { Problem, unavailable } from '../common/problem.ts'
import type { Snapshot } from '../common/snapshot.ts'
import { bumpEpoch } from '../db/catalog.ts'
import type { Database, Transaction } from '../db/open.ts'

/** One write to the catalog; resolves to the snapshot in which it shows. */
export type CatalogWriter = (work: (tx: Transaction) => Promise<void>) => Promise<Snapshot>

export type CatalogWriterOptions = { database: Database; reload: () => Promise<Snapshot> }

/**
 * Writes in one transaction with a bump of the epoch, which comes first: it puts these writes in a row,
 * so what `work` reads cannot change under it, and from the commit on every accept counts with it.
 * Throws the Problem that `work` throws, and Problem `unavailable` when the database does not do it.
 */
export function createCatalogWriter({ database, reload }: CatalogWriterOptions): CatalogWriter {
  return async (work) => {
    try {
      await database.transaction(async (tx) => {
        await bumpEpoch(tx)
        await work(tx)
      })
      return await reload()
    } catch (error) {
      if (error instanceof Problem) throw error
      throw unavailable(error, 'De wijziging kon niet worden opgeslagen.')
    }
  }
}
