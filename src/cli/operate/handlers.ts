import type { Clock } from '../../common/clock.ts'
import { Failure, type FailureKind } from '../../common/failure.ts'
import type { Database } from '../../db/open.ts'
import type { OperateHandlers } from '../../http/operate/app.ts'
import type { OperateAnswer, OperateRequest } from '../../http/operate/protocol.ts'
import type { Logger } from '../../observability/logger.ts'
import { planConfiguration } from '../../reconcile/planner.ts'
import { runApply } from '../apply-flow.ts'
import { readStatusReport } from '../status-report.ts'
import { statusJson } from '../views/status.ts'
import { readRequest, type OperateWorld } from './wanted.ts'

export type HandlerOptions = OperateWorld & { database: Database; clock: Clock; logger: Logger }

/** HTTP's nearest word for each kind; clients go by the kind. */
const STATUS: Record<FailureKind, number> = {
  invalid: 422,
  secret: 424,
  conflict: 409,
  refused: 403,
  locked: 423,
  unreachable: 503,
  unconfirmed: 504,
  usage: 400,
}

/**
 * The operators' API with what `plan`, `apply` and `status` of the command line do: the same code, on
 * the database of this server and with its secrets.
 */
export function createOperateHandlers(options: HandlerOptions): OperateHandlers {
  const { database, clock, logger } = options
  return {
    plan: (request) =>
      answering(async () => {
        const { wanted, warnings, framed } = await readRequest(request, options, clock.now())
        const { plan } = await framed(() => planConfiguration(database, wanted))
        return { plan, warnings }
      }),
    apply: (request) =>
      answering(async () => {
        const { actor } = request.audit
        logger.info({ actor, dryRun: request.options.dryRun }, 'an operator applies')
        const { wanted, warnings, framed } = await readRequest(request, options, clock.now())
        const { dryRun, note, lockTimeoutMs, waitForServersMs, onNack } = request.options
        const report = await framed(() =>
          runApply({
            database,
            wanted,
            audit: { ...request.audit, note: note ?? null },
            clock,
            lockTimeoutMs,
            waitForServersMs,
            dryRun,
            onNack,
            whyNot: async (plan) => demandReviewed(plan.sha256, request),
            step: () => {},
          }),
        )
        logger.info({ actor, outcome: report.status, generation: report.generation }, 'an operator applied')
        return { report, warnings }
      }),
    status: () => answering(async () => statusJson(await readStatusReport(database, clock.now()))),
  }
}

/** Approval was asked for where the operator is, for one plan. Throws Failure `conflict` for another one. */
function demandReviewed(sha256: string, { options: { planSha256 } }: OperateRequest): undefined {
  if (planSha256 === undefined || planSha256 === sha256) return undefined
  throw new Failure('conflict', 'the database changed since the plan was reviewed; nothing was changed: plan again')
}

async function answering(work: () => Promise<object>): Promise<OperateAnswer> {
  try {
    return { status: 200, body: await work() }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { kind, message, diagnostics } = error
    return { status: STATUS[kind], body: { error: { kind, message }, diagnostics } }
  }
}
