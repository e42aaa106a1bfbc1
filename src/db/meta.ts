import type { Client, Transaction } from './open.ts'

/**
 * Facts that the database knows about itself; of each configuration the `metadata.sequence` that was
 * applied last. `oldest_contract` is written by migrations only.
 */
export type MetaKey = 'master_key_check' | 'fingerprint_key_check' | `sequence:${string}`

/** Reads one fact; undefined when it was never written. */
export async function readMeta(client: Client | Transaction, key: MetaKey): Promise<string | undefined> {
  const [row] = await client.$queryRaw<{ value: string }[]>`SELECT value FROM meta WHERE key = ${key}`
  return row?.value
}

/** Writes one fact, over what stood there. */
export async function writeMeta(tx: Transaction, key: MetaKey, value: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO meta (key, value) VALUES (${key}, ${value}) ON CONFLICT (key) DO UPDATE SET value = excluded.value`
}

/** Forgets one fact. */
export async function deleteMeta(tx: Transaction, key: MetaKey): Promise<void> {
  await tx.$executeRaw`DELETE FROM meta WHERE key = ${key}`
}
