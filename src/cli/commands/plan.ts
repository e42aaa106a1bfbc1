import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { systemClock } from '../../common/clock.ts'
import { Failure, messageOf } from '../../common/failure.ts'
import type { Diagnostic } from '../../common/diagnostics.ts'
import type { Plan } from '../../reconcile/plan.ts'
import type { Planned, Wanted } from '../../reconcile/planner.ts'
import type { FingerprintKey } from '../../secrets/master-key.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments, durationFlag } from '../flag-values.ts'
import { SERVER_OPTIONS } from '../remote/options.ts'
import { demandSecretsMode, PLANNING_OPTIONS, readPlanned } from '../wanted.ts'

export const planCommand: Command = {
  name: 'plan',
  summary: 'Show what an apply would change; writes nothing',
  usage: '[--file PATH]... [options]',
  examples: ['bode plan', 'bode plan -f config/ --detailed-exitcode', 'bode plan --out plan.json'],
  options: {
    ...PLANNING_OPTIONS,
    ...SERVER_OPTIONS,
    out: { type: 'string', value: 'FILE', help: 'save it, for bode apply FILE; it holds no secret' },
    'detailed-exitcode': { type: 'boolean', help: 'exit 2 when there are changes' },
  },
  run: (invocation) => plan(invocation),
}

async function plan(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { flags } = invocation
  demandSecretsMode(flags, { deferrable: true })
  const out = flags.text('out')
  if (out !== undefined && flags.text('server') !== undefined) {
    throw new Failure('usage', 'a plan that a server made cannot be saved: leave out --out or --server')
  }
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
    text: (style) => renderPlan(plan, style, systemClock.now()) + (out === undefined ? '' : savedLine(out)),
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
  const { wanted, warnings, framed } = await readPlanned(invocation, systemClock.now())
  invocation.progress.step('comparing with the database')
  const planned = await framed(() =>
    withPreparedDatabase(databaseUrl(invocation), { waitMs, progress: invocation.progress }, (database) =>
      planConfiguration(database, wanted),
    ),
  )
  const out = invocation.flags.text('out')
  if (out !== undefined) await save(planned, wanted, resolve(invocation.io.cwd, out))
  return { plan: planned.plan, warnings }
}

async function save(planned: Planned<FingerprintKey>, wanted: Wanted<FingerprintKey>, path: string): Promise<void> {
  const { savedPlanOf, savedPlanText } = await import('../saved-plan.ts')
  const text = savedPlanText(savedPlanOf(planned, wanted), wanted.masterKey)
  try {
    await writeFile(path, text)
  } catch (error) {
    throw new Failure('invalid', `cannot write the plan: ${messageOf(error)}`, { cause: error })
  }
}

function savedLine(file: string): string {
  return `Saved as ${file}. It holds no secret. Apply it with: bode apply ${file}\n`
}
