import { isDeclared } from '../../common/snapshot.ts'
import { loadConfiguration, type ConfigurationRows } from '../../db/load-configuration.ts'
import type { Database } from '../../db/open.ts'
import { readCurrentState } from '../../reconcile/current-state.ts'
import type { LiveObject } from '../../reconcile/kind.ts'
import { addressOf } from '../../reconcile/kinds.ts'
import type { MasterKey } from '../../secrets/master-key.ts'
import { unseal } from '../../secrets/sealing.ts'
import { subjectsOf, type AnySubject, type Subjects } from './subjects.ts'

/**
 * What the database holds, of all owners: what a server runs on. Secrets that have ended are among it.
 * Throws Failure `secret` when one cannot be opened.
 */
export async function databaseSubjects(database: Database, key: MasterKey): Promise<Subjects> {
  const { secrets } = await loadConfiguration(database)
  // The beginning of time: a secret that has ended is left out otherwise, and is a finding here.
  const { objects } = await readCurrentState(database, [], 0)
  const byObject = new Map<string, ConfigurationRows['secrets']>()
  for (const row of secrets) byObject.set(row.objectId, [...(byObject.get(row.objectId) ?? []), row])
  const subjects = objects.map((object) => subjectOf(object, byObject.get(object.id) ?? [], key))
  return subjectsOf('database', subjects, (section) => `section ${section} of a document, then bode apply`)
}

function subjectOf(object: LiveObject, rows: ConfigurationRows['secrets'], masterKey: MasterKey): AnySubject {
  const { kind, key, spec, owner, id } = object
  const declared = isDeclared(owner)
  const address = declared ? addressOf(object) : `abonnement ${id}`
  return {
    kind,
    key,
    spec,
    owner,
    address,
    secrets: rows.map((row) => ({
      field: row.field,
      slot: row.slot,
      expiresAt: row.expiresAt === null ? null : Number(row.expiresAt),
      lastUsedAt: row.lastUsedAt === null ? null : Number(row.lastUsedAt),
      value: unseal(masterKey, row.ciphertext, row),
    })),
    place: (field) => {
      const path = field === undefined || field === '' ? address : `${address}.${field}`
      if (declared) return `${path} in the document of "${owner}", then bode apply`
      return `PATCH /api/v1/abonnement/${id}, by the client ${owner.replace(/^client:/, '')}`
    },
  } as AnySubject
}
