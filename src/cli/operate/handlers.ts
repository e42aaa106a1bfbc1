import { Failure } from '../../common/failure.ts'
import type { OperateHandlers } from '../../http/operate/app.ts'
import type { OperateRequest } from '../../http/operate/protocol.ts'
import { auditLog } from '../../observability/audit-log.ts'
import { planConfiguration } from '../../reconcile/planner.ts'
import { runApply } from '../apply-flow.ts'
import { auditEntries } from '../audit-entries.ts'
import { readStatusReport } from '../status-report.ts'
import { auditJson } from '../views/audit.ts'
import { statusJson } from '../views/status.ts'
import { answering } from './answering.ts'
import { createDeliveryHandlers, type DeliveryHandlerOptions } from './delivery-handlers.ts'
import { readRequest, type OperateWorld } from './wanted.ts'

export type HandlerOptions = OperateWorld & DeliveryHandlerOptions

/**
 * The operators' API with what `plan`, `apply`, `status`, `deliveries` and `audit` of the command line do: the same code, on
 * the database of this server and with its secrets.
 */
export function createOperateHandlers(options: HandlerOptions): OperateHandlers {
  const { database, clock, logger } = options
  return {
    plan: (request) =>
      answering(logger, async () => {
        const { wanted, warnings, framed } = await readRequest(request, options, clock.now())
        const { plan } = await framed(() => planConfiguration(database, wanted))
        return { plan, warnings }
      }),
    apply: (request) =>
      answering(logger, async () => {
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
            onAudited: auditLog(logger),
            step: () => {},
          }),
        )
        logger.info({ actor, outcome: report.status, generation: report.generation }, 'an operator applied')
        return { report, warnings }
      }),
    deliveries: createDeliveryHandlers(options),
    audit: (query) =>
      answering(logger, async () => ({ entries: (await auditEntries(database, query)).map(auditJson) })),
    status: () => answering(logger, async () => statusJson(await readStatusReport(database, clock.now()))),
  }
}

/** Approval was asked for where the operator is, for one plan. Throws Failure `conflict` for another one. */
function demandReviewed(sha256: string, { options: { planSha256 } }: OperateRequest): undefined {
  if (planSha256 === undefined || planSha256 === sha256) return undefined
  throw new Failure('conflict', 'the database changed since the plan was reviewed; nothing was changed: plan again')
}
