import { importCatalog, type Imported, type ImportReport } from '../../abonnementen/import.ts'
import { systemClock } from '../../common/clock.ts'
import type { OnAbonnement } from '../../common/open-notificaties.ts'
import { databaseTarget } from '../../db/target.ts'
import { loadMasterKey } from '../../secrets/master-key.ts'
import { auditFacts } from '../audit.ts'
import type { Invocation } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { withPreparedDatabase } from '../prepared-database.ts'

/** What goes into the database of Bode and not into the document. */
export type ImportPlan = Omit<Imported, 'abonnementen'> & {
  abonnementen: (Imported['abonnementen'][number] & { source: OnAbonnement })[]
}

export type ImportDone = ImportReport & { database: string; abonnementen: number; kanalen: number }

/** Imports into the database that the flags name. Throws what `importCatalog` throws, and Failure `unreachable`. */
export async function runImport(invocation: Invocation, plan: ImportPlan): Promise<ImportDone> {
  const { environment, interruption, progress } = invocation
  const url = databaseUrl(invocation)
  const key = loadMasterKey(environment)
  const { actor } = auditFacts(environment, undefined)
  progress.step('importing')
  const report = await withPreparedDatabase(url, { waitMs: 0, interruption }, (database) =>
    importCatalog(database, key, plan, { actor: `operator:${actor}`, now: systemClock.now() }),
  )
  const { abonnementen, kanalen } = plan
  return { ...report, database: databaseTarget(url).shown, abonnementen: abonnementen.length, kanalen: kanalen.length }
}
