import type { Statements } from './statements.ts'
import type { Provider } from './target.ts'

/** The rows of one abonnement that go out one after the other. */
export type OrderingKey = { abonnementId: string; orderingKey: string }

/** The keys of the deliveries that have one. */
export function orderingKeysOf(
  deliveries: readonly { abonnementId: string; orderingKey: string | null }[],
): OrderingKey[] {
  return deliveries.flatMap(({ abonnementId, orderingKey }) =>
    orderingKey === null ? [] : [{ abonnementId, orderingKey }],
  )
}

/**
 * Keeps rows of these keys from being added or ended by anybody else until the commit: whoever adds one must know
 * whether another is before it, whoever ends one must find the next. Take it before any row. On SQLite there is one
 * writer anyway.
 */
export async function lockOrderingKeys(
  tx: Statements,
  provider: Provider,
  keys: readonly OrderingKey[],
): Promise<void> {
  if (provider === 'sqlite' || keys.length === 0) return
  const names = JSON.stringify(keys.map(({ abonnementId, orderingKey }) => `${abonnementId} ${orderingKey}`))
  // In the order of their number, so that two never wait for each other.
  await tx.$queryRaw`
    SELECT count(pg_advisory_xact_lock(number)) FROM (
      SELECT DISTINCT hashtextextended(name, 4711) AS number
      FROM json_array_elements_text(${names}::json) AS names(name) ORDER BY number
    ) AS locks`
}

/** Lets the oldest held row of each key go, after the one before it has ended in this transaction. */
export async function letNextGo(tx: Statements, provider: Provider, keys: readonly OrderingKey[]): Promise<void> {
  if (keys.length === 0) return
  const json = JSON.stringify(keys)
  await (provider === 'sqlite'
    ? tx.$executeRaw`
        UPDATE delivery SET state = 0 WHERE state = 2 AND rowid IN (
          SELECT (
            SELECT rowid FROM delivery
            WHERE abonnement_id = item.value->>'abonnementId' AND ordering_key = item.value->>'orderingKey'
            ORDER BY sequence, replay LIMIT 1
          ) FROM json_each(${json}) AS item)`
    : tx.$executeRaw`
        UPDATE delivery AS row SET state = 0
        FROM json_to_recordset(${json}::json) AS item("abonnementId" text, "orderingKey" text)
        CROSS JOIN LATERAL (
          SELECT sequence, abonnement_id, replay FROM delivery
          WHERE abonnement_id = item."abonnementId" AND ordering_key = item."orderingKey"
          ORDER BY sequence, replay LIMIT 1
        ) AS next
        WHERE row.sequence = next.sequence AND row.abonnement_id = next.abonnement_id AND row.replay = next.replay
          AND row.state = 2`)
}
