import type { Database } from './open.ts'
import type { Statements } from './statements.ts'
import type { Provider } from './target.ts'

/** How long a key is remembered, ms (delivery.md §2). */
export const IDEMPOTENCY_MS = 86_400_000

/** A publisher's own name for one publication, and the hash of what it published under that name. */
export type IdempotencyKey = { clientId: string; key: string; bodyHash: string }

/** What a key was used for. */
export type RememberedKey = IdempotencyKey & { notificatieId: string }

/** Which of `keys` were used within the last 24 h, by whoever asks now. */
export async function findIdempotencyKeys(
  database: Database,
  keys: readonly IdempotencyKey[],
  now: number,
): Promise<RememberedKey[]> {
  if (keys.length === 0) return []
  const found = await database.reader.idempotencyKey.findMany({
    where: {
      clientId: { in: [...new Set(keys.map(({ clientId }) => clientId))] },
      key: { in: keys.map(({ key }) => key) },
      createdAt: { gt: BigInt(now - IDEMPOTENCY_MS) },
    },
  })
  return found.map(({ clientId, key, bodyHash, notificatieId }) => ({ clientId, key, bodyHash, notificatieId }))
}

/**
 * Remembers keys, all of them different, in the transaction of what they name. False when somebody else remembered
 * one of them meanwhile: then the transaction must not be committed. A key that is too old is used again.
 */
export async function insertIdempotencyKeys(
  tx: Statements,
  provider: Provider,
  keys: readonly RememberedKey[],
  now: number,
): Promise<boolean> {
  if (keys.length === 0) return true
  // In one order everywhere, so that two accepts with the same keys wait for each other in one direction.
  const json = JSON.stringify(keys.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)))
  const at = BigInt(now)
  const expired = BigInt(now - IDEMPOTENCY_MS)
  const written = await (provider === 'sqlite'
    ? tx.$executeRaw`
        INSERT INTO idempotency_key (client_id, key, body_hash, notificatie_id, created_at)
        SELECT value->>'clientId', value->>'key', value->>'bodyHash', value->>'notificatieId', ${at}
        FROM json_each(${json}) WHERE true
        ON CONFLICT (client_id, key) DO UPDATE
        SET body_hash = excluded.body_hash, notificatie_id = excluded.notificatie_id, created_at = excluded.created_at
        WHERE idempotency_key.created_at <= ${expired}`
    : tx.$executeRaw`
        INSERT INTO idempotency_key (client_id, key, body_hash, notificatie_id, created_at)
        SELECT "clientId", key, "bodyHash", "notificatieId", ${at}
        FROM json_to_recordset(${json}::json) AS item("clientId" text, key text, "bodyHash" text, "notificatieId" text)
        ON CONFLICT (client_id, key) DO UPDATE
        SET body_hash = excluded.body_hash, notificatie_id = excluded.notificatie_id, created_at = excluded.created_at
        WHERE idempotency_key.created_at <= ${expired}`)
  return written === keys.length
}

function nameOf({ clientId, key }: IdempotencyKey): string {
  return JSON.stringify([clientId, key])
}
