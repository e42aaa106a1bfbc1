import { systemClock } from '../../common/clock.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'
import { DATABASE_OPTIONS } from '../shared-options.ts'
import { readStatusReport } from '../status-report.ts'

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
  const report = await readStatusReport(database, systemClock.now()).finally(() => database.close())
  return {
    exit: report.configuration === null ? EXIT.unreachable : EXIT.ok,
    text: (style) => renderStatus(report, style),
    json: statusJson(report),
  }
}
