import { systemClock } from '../../common/clock.ts'
import type { Diagnostic } from '../../common/diagnostics.ts'
import type { Rollback } from '../../reconcile/rollback.ts'
import { askApproval } from '../approval.ts'
import { auditFacts } from '../audit.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { choiceFlag, countFlag, durationFlag, lockTimeoutFlag, waitForServersFlag } from '../flag-values.ts'
import { generationArgument } from '../generation-argument.ts'
import { CARRY_OUT_OPTIONS, DATABASE_OPTIONS, DRIFT_OPTIONS, WAITING_OPTIONS } from '../shared-options.ts'

export const rollbackCommand: Command = {
  name: 'rollback',
  summary: 'Return a configuration to what it was at an earlier generation, secrets included',
  usage: 'GENERATION [options]',
  examples: [
    'bode history && bode rollback 12',
    'bode rollback 12 --dry-run',
    'bode rollback 12 --auto-approve --note "the new callbacks do not answer"',
  ],
  options: {
    ...DATABASE_OPTIONS,
    owner: {
      type: 'string',
      value: 'NAME',
      help: 'return this metadata.name to that moment (default: the one that made the generation)',
    },
    'allow-deletes': { type: 'string', value: 'N', help: 'let N objects be deleted (more than 5 are refused)' },
    'allow-empty': { type: 'boolean', help: 'let nothing be left' },
    ...DRIFT_OPTIONS,
    ...WAITING_OPTIONS,
    ...CARRY_OUT_OPTIONS,
  },
  run: (invocation) => rollback(invocation),
}

async function rollback(invocation: Invocation): Promise<Outcome> {
  const generation = generationArgument(invocation)
  const { flags, environment, io, progress, interruption } = invocation
  const waitMs = durationFlag(flags, 'wait-for-db', 0)
  const [lockTimeoutMs, waitForServersMs] = [lockTimeoutFlag(flags), waitForServersFlag(flags)]
  const choices = {
    allowance: { deletes: countFlag(flags, 'allow-deletes'), empty: flags.on('allow-empty') },
    onDrift: choiceFlag(flags, 'on-drift', ['overwrite', 'fail']) ?? ('keep' as const),
    switchEnvironment: true,
  }
  const [{ withPreparedDatabase }, { prepareRollback }, { runApply }, { loadMasterKey }, { storedResolver }] =
    await Promise.all([
      import('../prepared-database.ts'),
      import('../../reconcile/rollback.ts'),
      import('../apply-flow.ts'),
      import('../../secrets/master-key.ts'),
      import('../stored-resolver.ts'),
    ])
  const { applyOutcome } = await import('../apply-outcome.ts')
  const masterKey = loadMasterKey(environment)
  const resolve = storedResolver({ environment, cwd: io.cwd })
  const { report, back } = await withPreparedDatabase(
    databaseUrl(invocation),
    { waitMs, interruption },
    async (database) => {
      progress.step('reading the history')
      const target = { generation, owner: flags.text('owner') }
      const now = systemClock.now()
      const back = await prepareRollback(database, [target], { masterKey, choices, resolve, now })
      const report = await runApply({
        database,
        wanted: back.wanted,
        audit: auditFacts(environment, flags.text('note')),
        operation: 'rollback',
        restores: back.restores,
        clock: systemClock,
        lockTimeoutMs,
        waitForServersMs,
        dryRun: flags.on('dry-run'),
        whyNot: (plan) => askApproval(plan, invocation),
        step: (what) => progress.step(what),
      })
      return { report, back }
    },
  )
  return {
    ...applyOutcome(report, differences(back), invocation),
    json: { ...report, restores: generation, ended: back.ended, renewed: back.renewed },
  }
}

/** In what the result is not the generation that was asked for. */
function differences({ ended, renewed }: Rollback): Diagnostic[] {
  const warning = (id: string, path: string, message: string): Diagnostic => ({
    id,
    severity: 'warning',
    path,
    message,
  })
  return [
    ...ended.map((path) => warning('rollback/ended', path, `${path} has ended since and does not come back`)),
    ...renewed.map((path) =>
      warning('rollback/renewed', path, `${path} was destroyed; what it is now in its source is not what it was then`),
    ),
  ]
}
