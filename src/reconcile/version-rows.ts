import type { Row } from '../db/configuration/tables.ts'
import { contentFacts, type Content } from './content-hash.ts'
import type { Planned } from './planner.ts'

/** What a generation makes of objects, for the history. */
export type VersionRows = {
  /** Rows of `object_version`, without the generation. */
  rows: Row[]
  /** Ids of the objects whose sealed secrets are kept with it. */
  withSecrets: string[]
}

/**
 * The versions that an apply makes for `owner`: one for each object that is written or deleted. The
 * first time in a database that kept no versions before, it is one for every object, so that a later
 * generation can be told completely.
 */
export function versionsOf(owner: string, { diff, unversioned }: Planned): VersionRows {
  const isOwners = (object: { owner: string }): boolean => object.owner === owner
  const first = unversioned.has(owner)
  const declared = [...diff.written, ...(first ? diff.unchanged : [])].filter(isOwners)
  const kept = first ? diff.leftAlone.filter(isOwners) : []
  const made = [
    ...declared.map(({ object, id, secrets }) => ({ object, id, content: { ...object, secrets } })),
    ...kept.map((live) => ({ object: live, id: live.id, content: live })),
  ]
  const row = (object: { kind: string; key: string }, objectId: string, content: Content | null): Row => ({
    objectId,
    owner,
    kind: object.kind,
    key: object.key,
    content: content === null ? null : JSON.stringify(contentFacts(content)),
  })
  return {
    rows: [
      ...made.map(({ object, id, content }) => row(object, id, content)),
      ...diff.deleted.filter(isOwners).map((live) => row(live, live.id, null)),
    ],
    withSecrets: made.filter(({ content }) => content.secrets.length > 0).map(({ id }) => id),
  }
}
