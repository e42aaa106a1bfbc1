import type { Client, Transaction } from '../open.ts'
import type { Provider } from '../target.ts'
import { textList } from './json-parameters.ts'

/** How many deliveries are queued or under way per abonnement; those without any are left out. */
export async function countQueued(
  client: Client | Transaction,
  provider: Provider,
  abonnementIds: readonly string[],
): Promise<Map<string, number>> {
  if (abonnementIds.length === 0) return new Map()
  const rows = await client.$queryRaw<{ id: string; queued: bigint }[]>`
    SELECT abonnement_id AS id, count(*) AS queued FROM delivery
    WHERE abonnement_id IN ${textList(provider, abonnementIds)} GROUP BY abonnement_id`
  return new Map(rows.map(({ id, queued }) => [id, Number(queued)]))
}
