import { systemClock } from '../../common/clock.ts'
import type { Diagnostic } from '../../common/diagnostics.ts'
import { Failure } from '../../common/failure.ts'
import { askApproval } from '../approval.ts'
import { auditFacts } from '../audit.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { choiceFlag, durationFlag, lockTimeoutFlag, waitForServersFlag } from '../flag-values.ts'
import type { Framed } from '../document.ts'
import type { ReviewedWanted } from '../read-saved.ts'
import type { ApplyReport } from '../views/apply.ts'
import { SERVER_OPTIONS } from '../remote/options.ts'
import { CARRY_OUT_OPTIONS } from '../shared-options.ts'
import { demandSecretsMode, PLANNING_OPTIONS, readWanted } from '../wanted.ts'

export const applyCommand: Command = {
  name: 'apply',
  summary: 'Make the database what the document says, in one transaction',
  usage: '[PLAN | --file PATH...] [options]',
  examples: [
    'bode apply',
    'bode apply -f config/ --no-input --auto-approve --wait-for-db 60s',
    'bode apply --auto-approve --on-nack rollback',
    'bode apply --dry-run --note "before the release"',
    'bode plan --out plan.json && bode apply plan.json --auto-approve',
    'BODE_SERVER_TOKEN_FILE=token bode apply --server https://bode.example.nl --auto-approve',
  ],
  options: {
    ...PLANNING_OPTIONS,
    ...SERVER_OPTIONS,
    ...CARRY_OUT_OPTIONS,
    'accept-secret-changes': {
      type: 'boolean',
      help: 'of a plan that was saved with --secrets defer: let secrets change that nobody could review',
    },
    'on-nack': {
      type: 'string',
      value: 'rollback|keep',
      help: 'when a running server refuses the result: take everything back, or keep it (default); exit 9 either way',
    },
  },
  run: (invocation) => apply(invocation),
}

async function apply(invocation: Invocation): Promise<Outcome> {
  const { flags } = invocation
  demandSecretsMode(flags, { deferrable: false })
  const [file] = invocation.positionals
  if (file !== undefined && flags.text('server') !== undefined) {
    throw new Failure('usage', 'a saved plan is applied to the database itself, without --server')
  }
  const times = { lockTimeoutMs: lockTimeoutFlag(flags), waitForServersMs: waitForServersFlag(flags) }
  const applying =
    flags.text('server') === undefined
      ? applyHere(invocation, file, times)
      : import('../remote/apply.ts').then(({ applyThere }) => applyThere(invocation, times))
  const [{ report, warnings }, { applyOutcome }] = await Promise.all([applying, import('../apply-outcome.ts')])
  return applyOutcome(report, warnings, invocation)
}

type Applied = { report: ApplyReport; warnings: Diagnostic[] }

async function applyHere(
  invocation: Invocation,
  file: string | undefined,
  times: { lockTimeoutMs: number; waitForServersMs: number },
): Promise<Applied> {
  const { flags, environment, interruption } = invocation
  const waitMs = durationFlag(flags, 'wait-for-db', 0)
  const [{ withPreparedDatabase }, { runApply }] = await Promise.all([
    import('../prepared-database.ts'),
    import('../apply-flow.ts'),
  ])
  const { wanted, warnings, review, framed } = await wantedBy(invocation, file)
  const report = await framed(() =>
    withPreparedDatabase(databaseUrl(invocation), { waitMs, interruption, progress: invocation.progress }, (database) =>
      runApply({
        database,
        wanted,
        audit: auditFacts(environment, flags.text('note')),
        clock: systemClock,
        ...times,
        review: review && ((planned) => review(database, planned)),
        dryRun: flags.on('dry-run'),
        onNack: choiceFlag(flags, 'on-nack', ['rollback', 'keep']),
        whyNot: (plan) => askApproval(plan, invocation),
        step: (what) => invocation.progress.step(what),
      }),
    ),
  )
  return { report, warnings }
}

/** What a saved plan or the document asks for; `review` compares with what was saved. */
async function wantedBy(
  invocation: Invocation,
  file: string | undefined,
): Promise<ReviewedWanted & { framed: Framed }> {
  if (file === undefined) return { ...(await readWanted(invocation, systemClock.now())), review: undefined }
  const { readSaved } = await import('../read-saved.ts')
  // Of a saved plan the document is not at hand.
  return { ...(await readSaved(invocation, file, systemClock.now())), framed: (action) => action() }
}
