import { readTrouble } from './deliveries-in-trouble.ts'
import type { Database } from '../db/open.ts'
import type { StatusReport } from './views/status.ts'

/** Long enough for a server that missed some heartbeats to show that it did. */
const SHOWN_WITHIN_MS = 3_600_000

/** How everything stands at `now` (epoch ms). A database that is not migrated has no more to tell than that. */
export async function readStatusReport(database: Database, now: number): Promise<StatusReport> {
  const [{ migrationStatus }, { liveServers }, { readStatus }] = await Promise.all([
    import('../db/migration-status.ts'),
    import('../db/live-servers.ts'),
    import('../reconcile/status.ts'),
  ])
  const migrations = await migrationStatus(database)
  const ready = migrations.pending.length === 0 && !migrations.tooNew
  return {
    database: database.target.shown,
    now,
    schema: { ready, ...migrations },
    configuration: ready ? await readStatus(database, now) : null,
    ...(ready ? await readTrouble(database) : { alerts: [], abonnementen: [] }),
    servers: ready ? await liveServers(database, now - SHOWN_WITHIN_MS) : [],
  }
}
