import type { Clock } from '../common/clock.ts'
import type { Refusal } from '../common/refusal.ts'
import type { AuditEntry } from '../db/audit.ts'
import type { Database } from '../db/open.ts'
import { errorFacts } from '../observability/error-facts.ts'
import type { Logger } from '../observability/logger.ts'
import { RefusedAccess } from '../runtime/refused-access.ts'
import { repeat } from '../runtime/repeat.ts'

const FLUSH_EVERY_MS = 60_000

export type RefusedAccessAudit = {
  note(refusal: Refusal): void
  /** Writes what is left. Never throws. */
  stop(): Promise<void>
}

/** Writes refused access to the audit once a minute. The log has each refusal at once, so a crash loses no trace. */
export function auditRefusedAccess(options: {
  database: Database
  clock: Clock
  logger: Logger
  onAudited: (entry: AuditEntry) => void
}): RefusedAccessAudit {
  const { database, clock, logger, onAudited } = options
  const refused = new RefusedAccess(database, onAudited)
  const stopping = new AbortController()
  const flush = async (): Promise<void> => {
    try {
      await refused.flush(clock.now())
    } catch (error) {
      logger.warn(errorFacts(error), 'refused access is not in the audit yet')
    }
  }
  const loop = repeat(FLUSH_EVERY_MS, stopping.signal, flush)
  return {
    note: (refusal) => refused.note(refusal),
    stop: async () => {
      stopping.abort()
      await loop
      await flush()
    },
  }
}
