import { raw } from '@prisma/client/runtime/client'
import type { Client, Transaction } from '../open.ts'
import type { Provider } from '../target.ts'
import { selectRows } from './json-parameters.ts'
import type { Column, ObjectTable, Row } from './tables.ts'

/** A stored secret that came from somewhere a document names, without its value. */
export type ReferencedSecret = {
  objectId: string
  kind: string
  field: string
  slot: string
  /** JSON. */
  reference: string
  fingerprint: string
}

/** Every secret with a reference that has not ended by `now` (epoch ms). One statement. */
export function referencedSecrets(client: Client, now: number): Promise<ReferencedSecret[]> {
  return client.$queryRaw<ReferencedSecret[]>`
    SELECT object_id AS "objectId", kind, field, slot, reference, fingerprint FROM secret
    WHERE reference IS NOT NULL AND (expires_at IS NULL OR expires_at > ${now})
    ORDER BY object_id, field, slot`
}

const SECRET_COLUMNS: Column[] = [
  { key: 'objectId', name: 'object_id', type: 'TEXT' },
  { key: 'field', name: 'field', type: 'TEXT' },
  { key: 'slot', name: 'slot', type: 'TEXT' },
  { key: 'ciphertext', name: 'ciphertext', type: 'TEXT' },
  { key: 'fingerprint', name: 'fingerprint', type: 'TEXT' },
]

/** Gives slots another value; nobody has used that yet. `rows`: objectId, field, slot, ciphertext, fingerprint. */
export async function replaceValues(tx: Transaction, provider: Provider, rows: readonly Row[]): Promise<void> {
  await tx.$executeRaw`
    WITH fresh (object_id, field, slot, ciphertext, fingerprint) AS (${selectRows(provider, SECRET_COLUMNS, rows)})
    UPDATE secret SET ciphertext = fresh.ciphertext, fingerprint = fresh.fingerprint, last_used_at = NULL FROM fresh
    WHERE secret.object_id = fresh.object_id AND secret.field = fresh.field AND secret.slot = fresh.slot`
}

const HASH_COLUMNS: Column[] = [
  { key: 'id', name: 'id', type: 'TEXT' },
  { key: 'hash', name: 'hash', type: 'TEXT' },
]

/** Writes the hashes of objects of which nothing but a secret changed. `rows`: id, hash. */
export async function updateHashes(
  tx: Transaction,
  provider: Provider,
  table: ObjectTable,
  rows: readonly Row[],
): Promise<void> {
  await tx.$executeRaw`
    WITH fresh (id, hash) AS (${selectRows(provider, HASH_COLUMNS, rows)})
    UPDATE ${raw(table)} SET hash = fresh.hash FROM fresh WHERE ${raw(table)}.id = fresh.id`
}
