import { systemClock } from '../../common/clock.ts'
import type { Diagnostic } from '../../common/diagnostics.ts'
import type { Plan } from '../../reconcile/plan.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments, durationFlag } from '../flag-values.ts'
import { SERVER_OPTIONS } from '../remote/options.ts'
import { PLANNING_OPTIONS, readWanted } from '../wanted.ts'

export const planCommand: Command = {
  name: 'plan',
  summary: 'Show what an apply would change; writes nothing',
  usage: '[--file PATH]... [options]',
  examples: ['bode plan', 'bode plan -f config/ --detailed-exitcode', 'bode plan --format json > plan.json'],
  options: {
    ...PLANNING_OPTIONS,
    ...SERVER_OPTIONS,
    'detailed-exitcode': { type: 'boolean', help: 'exit 2 when there are changes' },
  },
  run: (invocation) => plan(invocation),
}

async function plan(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { flags } = invocation
  const planning =
    flags.text('server') === undefined
      ? planHere(invocation)
      : import('../remote/plan.ts').then(({ planThere }) => planThere(invocation))
  const [{ plan, warnings }, { hasChanges }, { renderPlan }] = await Promise.all([
    planning,
    import('../../reconcile/plan.ts'),
    import('../views/plan.ts'),
  ])
  return {
    exit: flags.on('detailed-exitcode') && hasChanges(plan) ? EXIT.changes : EXIT.ok,
    text: (style) => renderPlan(plan, style, systemClock.now()),
    json: plan,
    diagnostics: warnings,
    plan,
  }
}

async function planHere(invocation: Invocation): Promise<{ plan: Plan; warnings: Diagnostic[] }> {
  const waitMs = durationFlag(invocation.flags, 'wait-for-db', 0)
  const [{ withPreparedDatabase }, { planConfiguration }] = await Promise.all([
    import('../prepared-database.ts'),
    import('../../reconcile/planner.ts'),
  ])
  const { wanted, warnings } = await readWanted(invocation, systemClock.now())
  invocation.progress.step('comparing with the database')
  const { plan } = await withPreparedDatabase(databaseUrl(invocation), { waitMs }, (database) =>
    planConfiguration(database, wanted),
  )
  return { plan, warnings }
}
