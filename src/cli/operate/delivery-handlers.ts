import type { Clock } from '../../common/clock.ts'
import { createDeliveryOperations } from '../../delivery/operations/operations.ts'
import type { Database } from '../../db/open.ts'
import type { OperateDeliveries } from '../../http/operate/deliveries.ts'
import { auditLog } from '../../observability/audit-log.ts'
import type { Logger } from '../../observability/logger.ts'
import { answering } from './answering.ts'

export type DeliveryHandlerOptions = {
  database: Database
  clock: Clock
  logger: Logger
  /** Told that these abonnementen may be sent to again. */
  onResumed: (abonnementIds: string[]) => void
}

/** The deliveries of the operators' API: what `bode deliveries` does, on the database of this server. */
export function createDeliveryHandlers(options: DeliveryHandlerOptions): OperateDeliveries {
  const onAudited = auditLog(options.logger)
  return (actor, work) =>
    answering(options.logger, () =>
      work(createDeliveryOperations({ ...options, actor: `operator:${actor}`, onAudited })),
    )
}
