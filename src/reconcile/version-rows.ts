import type { Row } from '../db/configuration/tables.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { contentFacts, type Content } from './content-hash.ts'
import { sealValue, type DeclaredSecret } from './declared-object.ts'
import type { Planned } from './planner.ts'

/** What a generation makes of objects, for the history. */
export type VersionRows = {
  /** Rows of `object_version`, without the generation. */
  rows: Row[]
  /** Ids of the objects whose secrets are kept with it as they are sealed in `secret`. */
  withSecrets: string[]
  /** Rows of `secret_version`, without the generation, of objects in which the client's secrets stay. */
  secrets: Row[]
}

/**
 * The versions that an apply makes for `owner`: one for each object that is written or deleted. The
 * first time in a database that kept no versions before, it is one for every object, so that a later
 * generation can be told completely.
 */
export function versionsOf(owner: string, { diff, unversioned }: Planned, key: MasterKey): VersionRows {
  const isOwners = (object: { owner: string }): boolean => object.owner === owner
  const first = unversioned.has(owner)
  const declared = [...diff.written, ...(first ? diff.unchanged : [])].filter(isOwners)
  const [own, clients] = [
    declared.filter(({ target, secrets }) => target.secrets === secrets),
    declared.filter(({ target, secrets }) => target.secrets !== secrets),
  ]
  const kept = first ? diff.leftAlone.filter(isOwners) : []
  return {
    rows: [
      ...declared.map(({ object, id, secrets }) => row(owner, object, id, { ...object, secrets })),
      ...kept.map((live) => row(owner, live, live.id, live)),
      ...[...diff.deleted, ...diff.forgotten].filter(isOwners).map((gone) => row(owner, gone, gone.id, null)),
    ],
    withSecrets: [...own, ...kept].filter(({ secrets }) => secrets.length > 0).map(({ id }) => id),
    secrets: clients.flatMap(({ secrets }) => secrets.map((secret) => sealedVersion(secret, key))),
  }
}

function row(
  owner: string,
  { kind, key }: { kind: string; key: string },
  objectId: string,
  content: Content | null,
): Row {
  return { objectId, owner, kind, key, content: content === null ? null : JSON.stringify(contentFacts(content)) }
}

function sealedVersion(secret: DeclaredSecret, key: MasterKey): Row {
  const { objectId, field, slot } = secret.place
  return { objectId, field, slot, ciphertext: sealValue(key, secret) }
}
