import { selectRows } from './configuration/json-parameters.ts'
import type { Column } from './configuration/tables.ts'
import type { Database } from './open.ts'

/** A secret of a client credential that a caller proved to know at `at` (epoch ms). */
export type SecretUseRow = { objectId: string; slot: string; fingerprint: string; at: number }

const COLUMNS: Column[] = [
  { key: 'objectId', name: 'object_id', type: 'TEXT' },
  { key: 'slot', name: 'slot', type: 'TEXT' },
  { key: 'fingerprint', name: 'fingerprint', type: 'TEXT' },
  { key: 'at', name: 'at', type: 'BIGINT' },
]

/**
 * Writes down when secrets were last used, in one statement; a later moment that another server wrote
 * stays. A value that was replaced since is another fingerprint, and is not credited with the use.
 */
export async function recordSecretUses(database: Database, uses: readonly SecretUseRow[]): Promise<void> {
  await database.transaction(
    (tx) => tx.$executeRaw`
      WITH used (object_id, slot, fingerprint, at) AS (${selectRows(database.provider, COLUMNS, uses)})
      UPDATE secret SET last_used_at = used.at FROM used
      WHERE secret.object_id = used.object_id AND secret.field = 'secret' AND secret.slot = used.slot
        AND secret.fingerprint = used.fingerprint AND (secret.last_used_at IS NULL OR secret.last_used_at < used.at)`,
  )
}
