import type { Clock } from '../common/clock.ts'
import { hasErrors } from '../common/diagnostics.ts'
import { Failure } from '../common/failure.ts'
import { readConfiguration } from '../config/read-configuration.ts'
import type { Database } from '../db/open.ts'
import { auditLog } from '../observability/audit-log.ts'
import type { Logger } from '../observability/logger.ts'
import type { Choices, Wanted } from '../reconcile/planner.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { runApply } from './apply-flow.ts'
import { auditFacts } from './audit.ts'
import type { Invocation } from './command.ts'
import { framedBy, type Framed } from './document.ts'
import { lookUp } from './wanted.ts'

export type ApplyAtStart = {
  invocation: Invocation
  /** What `--apply` names. */
  paths: readonly string[]
  choices: Choices
  masterKey: MasterKey
  clock: Clock
  logger: Logger
}

/** Other servers that start at the same time apply the same. */
const LOCK_TIMEOUT_MS = 60_000

/**
 * Makes the database what the document of `serve --apply` says, as `bode apply --auto-approve` does; but a
 * document that is older than what was applied last is refused. Throws the Failure that ends the start.
 */
export async function applyAtStart(database: Database, options: ApplyAtStart): Promise<void> {
  const { invocation, clock, logger } = options
  const { wanted, framed } = await readWantedAt(options)
  const report = await framed(() =>
    runApply({
      database: invocation.interruption.guard(database),
      wanted,
      audit: auditFacts(invocation.environment, 'serve --apply'),
      clock,
      lockTimeoutMs: LOCK_TIMEOUT_MS,
      // This one comes up with it; and who waits for the others keeps a roll-out from going on.
      waitForServersMs: 0,
      dryRun: false,
      refuseOlder: true,
      whyNot: async () => undefined,
      onAudited: auditLog(logger),
      step: (what) => logger.debug(what),
    }),
  )
  if (report.error !== undefined) throw new Failure(report.error.kind, report.error.message)
  const { generation, status, plan } = report
  const { create, update, delete: deleted } = plan.summary
  logger.info({ status, generation, created: create, updated: update, deleted }, 'configuration applied')
}

async function readWantedAt({ invocation, paths, choices, masterKey, clock, logger }: ApplyAtStart): Promise<{
  wanted: Wanted
  framed: Framed
}> {
  const { flags, environment, io } = invocation
  const reading = { cwd: io.cwd, environment, env: flags.text('env') }
  const configuration = await readConfiguration(paths, reading)
  const { states, diagnostics, frame } = configuration
  if (hasErrors(diagnostics)) {
    throw new Failure('invalid', 'the configuration of --apply has errors; nothing was changed', { diagnostics })
  }
  const { secrets, warnings } = await lookUp(states, invocation, frame)
  for (const { id, message, path } of [...diagnostics, ...warnings]) {
    logger.warn({ id, ...(path === undefined ? {} : { path }) }, message)
  }
  return { wanted: { ...choices, states, secrets, masterKey, now: clock.now() }, framed: framedBy(configuration) }
}
