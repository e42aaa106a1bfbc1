import type { Logger } from './logger.ts'

/** What an entry of the audit says; see `AuditEntry` in `db/audit.ts`. */
type Audited = {
  actor: string
  action: string
  subject: string
  result: string
  detail: Readonly<Record<string, unknown>>
}

/** Puts entries of the audit in the log too, for where logs are collected: one line each, after their commit. */
export function auditLog(logger: Logger): (entry: Audited) => void {
  return (audit) => logger.info({ audit }, 'audit')
}
