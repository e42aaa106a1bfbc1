import { lastGenerations } from '../db/configuration/generations.ts'
import type { Versions } from '../db/configuration/versions.ts'
import { loadConfiguration, type ConfigurationRows } from '../db/load-configuration.ts'
import type { Database } from '../db/open.ts'
import { fromReferenceColumn } from '../db/records/secret.ts'
import type { LiveObject, LiveSecret } from './kind.ts'
import { KINDS_IN_ORDER } from './kinds.ts'

/** The configuration that the database holds now, of all owners. */
export type CurrentState = {
  versions: Versions
  objects: LiveObject[]
  /** Last generation of each owner asked for. */
  bases: ReadonlyMap<string, Base>
}
export type Base = { number: number; digest: string }

/** Reads the current state: one query per table, however many objects there are. */
export async function readCurrentState(database: Database, owners: readonly string[]): Promise<CurrentState> {
  const rows = await loadConfiguration(database)
  return {
    versions: { generation: rows.generation, epoch: rows.epoch },
    objects: liveObjects(rows),
    bases: await lastGenerations(database.reader, owners),
  }
}

function liveObjects(rows: ConfigurationRows): LiveObject[] {
  const secrets = secretsByObject(rows)
  return KINDS_IN_ORDER.flatMap((kind) =>
    kind.live(rows).map((object): LiveObject => ({ ...object, secrets: secrets.get(object.id) ?? [] })),
  )
}

function secretsByObject(rows: ConfigurationRows): Map<string, LiveSecret[]> {
  const found = new Map<string, LiveSecret[]>()
  for (const row of rows.secrets) {
    const secret: LiveSecret = {
      field: row.field as LiveSecret['field'],
      slot: row.slot as LiveSecret['slot'],
      fingerprint: row.fingerprint,
      reference: fromReferenceColumn(row.reference) as LiveSecret['reference'],
      expiresAt: row.expiresAt === null ? null : Number(row.expiresAt),
    }
    const others = found.get(row.objectId)
    if (others === undefined) found.set(row.objectId, [secret])
    else others.push(secret)
  }
  return found
}
