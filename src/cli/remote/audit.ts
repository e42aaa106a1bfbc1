import type { AuditRow } from '../../db/read-audit.ts'
import type { AuditQuery } from '../../http/operate/audit.ts'
import type { Invocation } from '../command.ts'
import { serverOf } from './server.ts'

/** The entries as the server of `--server` finds them. Throws the Failure that it answers with. */
export async function auditThere(invocation: Invocation, { limit, ...query }: AuditQuery): Promise<AuditRow[]> {
  const search = new URLSearchParams({ ...query, limit: String(limit) })
  const { entries } = (await serverOf(invocation).get(`/audit?${search.toString()}`)) as {
    entries: (Omit<AuditRow, 'at'> & { at: string })[]
  }
  return entries.map(({ at, ...entry }) => ({ ...entry, at: Date.parse(at) }))
}
