import type { Database } from '../db/open.ts'
import { readAudit, type AuditRow } from '../db/read-audit.ts'
import { readFilter } from '../delivery/operations/read-filter.ts'
import type { AuditQuery } from '../http/operate/audit.ts'

/** The entries of the audit that are asked for, newest first. Throws Failure `invalid` for a moment that is none. */
export async function auditEntries(
  { reader }: Pick<Database, 'reader'>,
  { actor, action, limit, ...period }: AuditQuery,
): Promise<AuditRow[]> {
  const { receivedFrom: from, receivedUntil: until } = readFilter(period)
  return readAudit(reader, { actor, action, from, until }, limit)
}
