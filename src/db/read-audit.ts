import { empty, sqltag as sql } from '@prisma/client/runtime/client'
import type { AuditEntry } from './audit.ts'
import type { Client } from './open.ts'

/** An entry as it stands in the table; `at` is epoch ms. */
export type AuditRow = AuditEntry & { id: string; at: number }

/** Which entries; `actor` and `action` also match what begins with them and a `:` or `.`. Times are epoch ms. */
export type AuditFilter = {
  actor?: string | undefined
  action?: string | undefined
  from?: number | undefined
  until?: number | undefined
}

/** The last `limit` entries, newest first, read from the end of the index of their time. */
export async function readAudit(client: Client, filter: AuditFilter, limit: number): Promise<AuditRow[]> {
  const { actor, action, from, until } = filter
  const rows = await client.$queryRaw<(Omit<AuditRow, 'at' | 'detail'> & { at: bigint; detail: string })[]>`
    SELECT id, at, actor, action, subject, result, detail FROM audit WHERE 1 = 1
    ${actor === undefined ? empty : sql`AND (actor = ${actor} OR substr(actor, 1, ${actor.length + 1}) = ${`${actor}:`})`}
    ${action === undefined ? empty : sql`AND (action = ${action} OR substr(action, 1, ${action.length + 1}) = ${`${action}.`})`}
    ${from === undefined ? empty : sql`AND at >= ${BigInt(from)}`}
    ${until === undefined ? empty : sql`AND at < ${BigInt(until)}`}
    ORDER BY at DESC, id DESC LIMIT ${limit}`
  return rows.map(({ at, detail, ...row }) => ({
    ...row,
    at: Number(at),
    detail: JSON.parse(detail) as Record<string, unknown>,
  }))
}
