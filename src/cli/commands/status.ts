import { systemClock } from '../../common/clock.ts'
import type { Database } from '../../db/open.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'
import { DATABASE_OPTIONS } from '../shared-options.ts'
import type { StatusReport } from '../views/status.ts'

/** Long enough for a server that missed some heartbeats to show that it did. */
const SHOWN_WITHIN_MS = 3_600_000

export const statusCommand: Command = {
  name: 'status',
  summary: 'Show what every configuration is at, and which servers run on it',
  usage: '[options]',
  examples: ['bode status', 'bode status --format json'],
  options: DATABASE_OPTIONS,
  run: (invocation) => status(invocation),
}

async function status(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const [{ openDatabase }, { renderStatus, statusJson }] = await Promise.all([
    import('../../db/open.ts'),
    import('../views/status.ts'),
  ])
  const database = await openDatabase(databaseUrl(invocation))
  const report = await readReport(database, systemClock.now()).finally(() => database.close())
  return {
    exit: report.configuration === null ? EXIT.unreachable : EXIT.ok,
    text: (style) => renderStatus(report, style),
    json: statusJson(report),
  }
}

/** A database that is not migrated has no more to tell than that. */
async function readReport(database: Database, now: number): Promise<StatusReport> {
  const [{ migrationStatus }, { liveServers }, { readStatus }] = await Promise.all([
    import('../../db/migration-status.ts'),
    import('../../db/live-servers.ts'),
    import('../../reconcile/status.ts'),
  ])
  const migrations = await migrationStatus(database)
  const ready = migrations.pending.length === 0 && !migrations.tooNew
  return {
    database: database.target.shown,
    now,
    schema: { ready, ...migrations },
    configuration: ready ? await readStatus(database, now) : null,
    servers: ready ? await liveServers(database, now - SHOWN_WITHIN_MS) : [],
  }
}
