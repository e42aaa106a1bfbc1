import { systemClock } from '../../common/clock.ts'
import { askApproval, asks } from '../approval.ts'
import { auditFacts } from '../audit.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments, durationFlag } from '../flag-values.ts'
import { PLANNING_OPTIONS, readWanted } from '../wanted.ts'

const DEFAULT_LOCK_TIMEOUT_MS = 30_000
const DEFAULT_WAIT_FOR_SERVERS_MS = 30_000

export const applyCommand: Command = {
  name: 'apply',
  summary: 'Make the database what the document says, in one transaction',
  usage: '[--file PATH]... [options]',
  examples: [
    'bode apply',
    'bode apply -f config/ --no-input --auto-approve --wait-for-db 60s',
    'bode apply --dry-run --note "before the release"',
  ],
  options: {
    ...PLANNING_OPTIONS,
    'auto-approve': { type: 'boolean', help: 'do not ask' },
    'dry-run': { type: 'boolean', help: 'do everything inside the transaction, then roll back' },
    'lock-timeout': { type: 'string', value: 'DURATION', help: 'wait for another apply to end (default: 30s)' },
    'wait-for-servers': {
      type: 'string',
      value: 'DURATION',
      help: 'wait until every running server uses the result (default: 30s; 0s: do not wait)',
    },
    note: { type: 'string', value: 'TEXT', help: 'why, for the history' },
  },
  run: (invocation) => apply(invocation),
}

async function apply(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { flags } = invocation
  const waitMs = durationFlag(flags, 'wait-for-db', 0)
  const lockTimeoutMs = durationFlag(flags, 'lock-timeout', DEFAULT_LOCK_TIMEOUT_MS)
  const waitForServersMs = durationFlag(flags, 'wait-for-servers', DEFAULT_WAIT_FOR_SERVERS_MS)
  const [{ withPreparedDatabase }, { runApply }, { renderApply }] = await Promise.all([
    import('../prepared-database.ts'),
    import('../apply-flow.ts'),
    import('../views/apply.ts'),
  ])
  const { wanted, warnings } = await readWanted(invocation, systemClock.now())
  const report = await withPreparedDatabase(
    databaseUrl(invocation),
    { waitMs, interruption: invocation.interruption },
    (database) =>
      runApply({
        database,
        wanted,
        audit: auditFacts(invocation.environment, flags.text('note')),
        clock: systemClock,
        lockTimeoutMs,
        waitForServersMs,
        dryRun: flags.on('dry-run'),
        whyNot: (plan) => askApproval(plan, invocation),
        step: (what) => invocation.progress.step(what),
      }),
  )
  const problem = report.error
  return {
    exit: problem === undefined ? EXIT.ok : EXIT[problem.kind],
    text: (style) => renderApply(report, style, { planWasShown: asks(report.plan, invocation) }),
    json: report,
    plan: report.plan,
    diagnostics: [
      ...warnings,
      ...(problem === undefined
        ? []
        : [{ id: `apply/${problem.kind}`, severity: 'error' as const, message: problem.message }]),
    ],
  }
}
