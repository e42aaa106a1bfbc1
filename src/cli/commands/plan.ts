import { systemClock } from '../../common/clock.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments, durationFlag } from '../flag-values.ts'
import { PLANNING_OPTIONS, readWanted } from '../wanted.ts'

export const planCommand: Command = {
  name: 'plan',
  summary: 'Show what an apply would change; writes nothing',
  usage: '[--file PATH]... [options]',
  examples: ['bode plan', 'bode plan -f config/ --detailed-exitcode', 'bode plan --format json > plan.json'],
  options: {
    ...PLANNING_OPTIONS,
    'detailed-exitcode': { type: 'boolean', help: 'exit 2 when there are changes' },
  },
  run: (invocation) => plan(invocation),
}

async function plan(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { flags } = invocation
  const waitMs = durationFlag(flags, 'wait-for-db', 0)
  const [{ withPreparedDatabase }, { planConfiguration }, { hasChanges }, { renderPlan }] = await Promise.all([
    import('../prepared-database.ts'),
    import('../../reconcile/planner.ts'),
    import('../../reconcile/plan.ts'),
    import('../views/plan.ts'),
  ])
  const { wanted, warnings } = await readWanted(invocation, systemClock.now())
  invocation.progress.step('comparing with the database')
  const { plan } = await withPreparedDatabase(databaseUrl(invocation), { waitMs }, (database) =>
    planConfiguration(database, wanted),
  )
  return {
    exit: flags.on('detailed-exitcode') && hasChanges(plan) ? EXIT.changes : EXIT.ok,
    text: (style) => renderPlan(plan, style, systemClock.now()),
    json: plan,
    diagnostics: warnings,
    plan,
  }
}
