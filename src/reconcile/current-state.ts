import { lastGenerations, type LastGeneration } from '../db/configuration/generations.ts'
import type { Versions } from '../db/configuration/versions.ts'
import { loadConfiguration, type ConfigurationRows } from '../db/load-configuration.ts'
import type { Database } from '../db/open.ts'
import { fromReferenceColumn } from '../db/records/secret.ts'
import type { LiveObject, StoredSecret } from './kind.ts'
import { KINDS_IN_ORDER } from './kinds.ts'

/** The configuration that the database holds now, of all owners. */
export type CurrentState = {
  versions: Versions
  objects: LiveObject[]
  /** Last generation of each owner asked for. */
  bases: ReadonlyMap<string, LastGeneration>
  /** True when a secret has ended whose ciphertext is still there. It counts as absent. */
  hasEndedSecrets: boolean
}

/**
 * Reads the current state: one query per table, however many objects there are. A secret that has
 * ended by `now` (epoch ms) is left out.
 */
export async function readCurrentState(
  database: Database,
  owners: readonly string[],
  now: number,
): Promise<CurrentState> {
  const rows = await loadConfiguration(database)
  const secrets = rows.secrets.filter(({ expiresAt }) => expiresAt === null || Number(expiresAt) > now)
  return {
    versions: { generation: rows.generation, epoch: rows.epoch },
    objects: liveObjects({ ...rows, secrets }),
    // What is applied meanwhile is not of this state.
    bases: await lastGenerations(database.reader, owners, rows.generation),
    hasEndedSecrets: secrets.length < rows.secrets.length,
  }
}

function liveObjects(rows: ConfigurationRows): LiveObject[] {
  const secrets = secretsByObject(rows)
  return KINDS_IN_ORDER.flatMap((kind) =>
    kind.live(rows).map((object): LiveObject => ({ ...object, secrets: secrets.get(object.id) ?? [] })),
  )
}

function secretsByObject(rows: ConfigurationRows): Map<string, StoredSecret[]> {
  const found = new Map<string, StoredSecret[]>()
  for (const row of rows.secrets) {
    const secret: StoredSecret = {
      field: row.field as StoredSecret['field'],
      slot: row.slot as StoredSecret['slot'],
      fingerprint: row.fingerprint,
      reference: fromReferenceColumn(row.reference) as StoredSecret['reference'],
      expiresAt: row.expiresAt === null ? null : Number(row.expiresAt),
      lastUsedAt: row.lastUsedAt === null ? null : Number(row.lastUsedAt),
    }
    const others = found.get(row.objectId)
    if (others === undefined) found.set(row.objectId, [secret])
    else others.push(secret)
  }
  return found
}
