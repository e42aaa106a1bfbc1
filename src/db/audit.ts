import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from './open.ts'

/** One line of the audit (decision 29). No secret and no payload stands in it. */
export type AuditEntry = {
  /** `client:<clientId>`, `operator:<name>` or `bode`. */
  actor: string
  /** `abonnement.create`, `deliveries.replay`, `token.make`, ... */
  action: string
  /** What it was done to: an object as `kind name`, or an id. */
  subject: string
  /** `done`, or why not. */
  result: string
  /** Small and plain: before and after, the user of a token, how many. */
  detail: Readonly<Record<string, unknown>>
}

/** Appends to the audit, in the transaction of what was done, so that neither is there without the other. */
export async function insertAudit(tx: Transaction, entry: AuditEntry, now: number): Promise<void> {
  const id = uuidv7({ msecs: now })
  await tx.$executeRaw`
    INSERT INTO audit (id, at, actor, action, subject, result, detail)
    VALUES (${id}, ${BigInt(now)}, ${entry.actor}, ${entry.action}, ${entry.subject}, ${entry.result},
            ${JSON.stringify(entry.detail)})`
}
