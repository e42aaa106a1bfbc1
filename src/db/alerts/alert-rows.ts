import { numberOrNull } from '../number-or-null.ts'
import type { Client, Database } from '../open.ts'

/** A row of `alert`; `stored` is its JSON as it was read, by which a write sees whether somebody was before it. */
export type StoredAlert = {
  kind: string
  subject: string
  raisedAt: number
  sentAt: number | null
  resolvedAt: number | null
  stored: string
}

/** The alerts that stand, the oldest first. */
export async function readAlerts(client: Client): Promise<StoredAlert[]> {
  const rows = await client.alert.findMany({ orderBy: [{ raisedAt: 'asc' }, { kind: 'asc' }, { subject: 'asc' }] })
  return rows.map(({ kind, subject, raisedAt, sentAt, resolvedAt, detail }) => ({
    kind,
    subject,
    raisedAt: Number(raisedAt),
    sentAt: numberOrNull(sentAt),
    resolvedAt: numberOrNull(resolvedAt),
    stored: detail,
  }))
}

export type NewAlert = { kind: string; subject: string; raisedAt: number; detail: object }

/** False when it stands already. */
export async function raiseAlert(database: Database, { kind, subject, raisedAt, detail }: NewAlert): Promise<boolean> {
  const rows = await database.transaction(
    (tx) => tx.$executeRaw`
      INSERT INTO alert (kind, subject, raised_at, detail)
      VALUES (${kind}, ${subject}, ${BigInt(raisedAt)}, ${JSON.stringify(detail)})
      ON CONFLICT (kind, subject) DO NOTHING`,
  )
  return rows === 1
}

export type AlertWrite = { detail: object; resolvedAt: number | null }

/** Compare and swap: the row as it is now, or undefined when it is no longer as `alert` was read. */
export async function changeAlert(
  database: Database,
  alert: StoredAlert,
  { detail, resolvedAt }: AlertWrite,
): Promise<StoredAlert | undefined> {
  const stored = JSON.stringify(detail)
  const rows = await database.transaction(
    (tx) => tx.$executeRaw`
      UPDATE alert SET detail = ${stored}, resolved_at = ${resolvedAt === null ? null : BigInt(resolvedAt)}
      WHERE kind = ${alert.kind} AND subject = ${alert.subject} AND detail = ${alert.stored}`,
  )
  return rows === 1 ? { ...alert, stored, resolvedAt } : undefined
}

/** Whatever has become of the rest of it meanwhile: it was told; null: that it is over. */
export async function markSent(database: Database, alert: StoredAlert, sentAt: number | null): Promise<void> {
  await database.transaction(
    (tx) => tx.$executeRaw`
      UPDATE alert SET sent_at = ${sentAt === null ? null : BigInt(sentAt)}
      WHERE kind = ${alert.kind} AND subject = ${alert.subject} AND raised_at = ${BigInt(alert.raisedAt)}`,
  )
}

/** Compare and swap for its end. */
export async function forgetAlert(database: Database, alert: StoredAlert): Promise<boolean> {
  const rows = await database.transaction(
    (tx) => tx.$executeRaw`
      DELETE FROM alert WHERE kind = ${alert.kind} AND subject = ${alert.subject} AND detail = ${alert.stored}`,
  )
  return rows === 1
}
