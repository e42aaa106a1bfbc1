import { systemClock } from '../../common/clock.ts'
import { Failure } from '../../common/failure.ts'
import type { Database } from '../../db/open.ts'
import type { Committed } from '../../reconcile/commit.ts'
import type { Plan } from '../../reconcile/plan.ts'
import type { Wanted } from '../../reconcile/planner.ts'
import { auditFacts } from '../audit.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments, durationFlag } from '../flag-values.ts'
import type { ApplyReport } from '../views/apply.ts'
import { documentPaths, PLANNING_OPTIONS, readWanted } from '../wanted.ts'

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

type Flow = {
  database: Database
  wanted: Wanted
  invocation: Invocation
  lockTimeoutMs: number
  waitForServersMs: number
}

async function apply(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { flags } = invocation
  const waitMs = durationFlag(flags, 'wait-for-db', 0)
  const lockTimeoutMs = durationFlag(flags, 'lock-timeout', DEFAULT_LOCK_TIMEOUT_MS)
  const waitForServersMs = durationFlag(flags, 'wait-for-servers', DEFAULT_WAIT_FOR_SERVERS_MS)
  const [{ withPreparedDatabase }, { renderApply }] = await Promise.all([
    import('../prepared-database.ts'),
    import('../views/apply.ts'),
  ])
  const { wanted, warnings } = await readWanted(invocation, systemClock.now())
  const report = await withPreparedDatabase(
    databaseUrl(invocation),
    { waitMs, interruption: invocation.interruption },
    (database) => reconcile({ database, wanted, invocation, lockTimeoutMs, waitForServersMs }),
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

/** plan ──► refused? ──► approved? ──► transaction ──► servers */
async function reconcile(flow: Flow): Promise<ApplyReport> {
  const { database, wanted, invocation, lockTimeoutMs } = flow
  const [{ planConfiguration }, { hasChanges }, { applyPlan }] = await Promise.all([
    import('../../reconcile/planner.ts'),
    import('../../reconcile/plan.ts'),
    import('../../reconcile/apply.ts'),
  ])
  const { progress } = invocation
  progress.step('comparing with the database')
  const planned = await planConfiguration(database, wanted)
  const { plan } = planned
  const nothing = { generation: null, lockHeldMs: null, servers: null, plan }
  if (!hasChanges(plan)) return { ...nothing, status: 'unchanged' }
  const refusal = await whyNot(plan, invocation)
  if (refusal !== undefined) return { ...nothing, status: 'refused', error: { kind: 'refused', message: refusal } }
  progress.step('applying the plan')
  const dryRun = invocation.flags.on('dry-run')
  const audit = auditFacts(invocation.environment, invocation.flags.text('note'))
  const committed = await applyPlan(database, wanted, planned, { audit, clock: systemClock, lockTimeoutMs, dryRun })
  if (committed === undefined) return { ...nothing, status: 'unchanged' }
  if (dryRun) return { ...nothing, ...committed, status: 'dry-run' }
  progress.step(`waiting for the servers to run on generation ${committed.generation}`)
  return { plan, ...committed, ...(await confirmation(flow, committed)) }
}

/** Undefined: go on. */
async function whyNot(plan: Plan, invocation: Invocation): Promise<string | undefined> {
  const { flags, io, style, progress } = invocation
  if (plan.refusals.length > 0) return plan.refusals.join('; ')
  if (flags.on('auto-approve') || flags.on('dry-run')) return undefined
  if (!mayAsk(invocation)) return 'nobody can be asked for approval here; use --auto-approve'
  const [{ confirm }, { renderPlan }] = await Promise.all([import('../confirm.ts'), import('../views/plan.ts')])
  progress.clear()
  io.stderr.write(renderPlan(plan, style))
  return (await confirm(io, 'Apply this plan? (yes/no) ')) ? undefined : 'not approved'
}

/** True when the plan is shown on the terminal with a question below it. */
function asks(plan: Plan, invocation: Invocation): boolean {
  return mayAsk(invocation) && plan.changes.length > 0 && plan.refusals.length === 0
}

function mayAsk(invocation: Invocation): boolean {
  const { flags, io } = invocation
  const noQuestion = flags.on('auto-approve') || flags.on('dry-run') || flags.on('no-input')
  return io.interactive && !noQuestion && !documentPaths(invocation).includes('-')
}

type Confirmation = Pick<ApplyReport, 'status' | 'servers' | 'error'>

async function confirmation({ database, waitForServersMs }: Flow, { generation }: Committed): Promise<Confirmation> {
  if (waitForServersMs === 0) return { status: 'applied', servers: null }
  const { waitForServers } = await import('../../reconcile/wait-for-servers.ts')
  try {
    const servers = await waitForServers(database, generation, { timeoutMs: waitForServersMs, clock: systemClock })
    return { status: 'applied', servers }
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'unconfirmed') throw error
    return { status: 'unconfirmed', servers: null, error: { kind: 'unconfirmed', message: error.message } }
  }
}
