import type { Client, Transaction } from '../open.ts'

export type FoundAbonnement = { id: string; name: string }

/** The abonnement with this uuid, or else this name; undefined when there is none. */
export async function findAbonnement(
  client: Client | Transaction,
  nameOrId: string,
): Promise<FoundAbonnement | undefined> {
  const select = { id: true, name: true }
  const found =
    (await client.abonnement.findUnique({ where: { id: nameOrId.toLowerCase() }, select })) ??
    (await client.abonnement.findUnique({ where: { name: nameOrId }, select }))
  return found ?? undefined
}

/** `id` when there is no such abonnement and deliveries of it are kept; its deliveries all ended when it went. */
export async function findAbonnementThatWas(client: Client | Transaction, id: string): Promise<string | undefined> {
  const abonnementId = id.toLowerCase()
  const [row] = await client.$queryRaw<{ id: string }[]>`
    SELECT abonnement_id AS id FROM delivery_done WHERE abonnement_id = ${abonnementId}
      AND NOT EXISTS (SELECT 1 FROM abonnement WHERE id = ${abonnementId}) LIMIT 1`
  return row?.id
}

/** The names that exist, for a message. */
export async function abonnementNames(client: Client | Transaction): Promise<string[]> {
  const rows = await client.abonnement.findMany({ select: { name: true }, orderBy: { name: 'asc' } })
  return rows.map(({ name }) => name)
}
