import type { Kind } from '../config/desired-state.ts'
import { newestVersions, ownersWithVersions, type ObjectVersion } from '../db/configuration/object-versions.ts'
import type { Database } from '../db/open.ts'
import { contentHash, digestOf, type Content } from './content-hash.ts'
import type { CurrentState } from './current-state.ts'
import type { LiveObject, LiveSecret } from './kind.ts'
import { addressOf } from './kinds.ts'

/** An object as it was last applied. */
export type LastApplied = {
  id: string
  owner: string
  kind: Kind
  key: string
  content: Content
  /** When (epoch ms) and by whom; absent when it is taken from what is live. */
  signature?: { at: number; by: string }
}

export type AppliedBefore = {
  /** By id, of the owners whose objects are not what their last generation made them; of others nothing is read. */
  objects: ReadonlyMap<string, LastApplied>
  /** Owners of whom no version is known: of theirs nothing can be said. */
  unversioned: ReadonlySet<string>
}

/**
 * Reads what was last applied of those `owners` whose live objects have another digest than their last
 * generation. A secret that has ended by `now` (epoch ms) is left out. At most two statements.
 */
export async function readLastApplied(
  database: Database,
  { objects, bases, versions: at }: CurrentState,
  owners: readonly string[],
  now: number,
): Promise<AppliedBefore> {
  const versioned = await ownersWithVersions(database.reader, database.provider, owners)
  const digests = digestsOf(objects, owners)
  const changed = owners.filter((owner) => versioned.has(owner) && digests.get(owner) !== bases.get(owner)?.digest)
  const versions =
    changed.length === 0 ? [] : await newestVersions(database.reader, database.provider, changed, at.generation)
  const applied = versions.flatMap((version) => lastApplied(version, now))
  return {
    objects: new Map(applied.map((object) => [object.id, object])),
    unversioned: new Set(owners.filter((owner) => !versioned.has(owner))),
  }
}

/** The digest of a set of objects: over the address of each and the hash of what it says. */
export function digestOfObjects(objects: Iterable<readonly [address: string, hash: string]>): string {
  return digestOf(Object.fromEntries(objects))
}

/** What a version says, as an object; nothing for one that deleted it. */
export function lastApplied(version: ObjectVersion, now: number): LastApplied[] {
  if (version.content === null) return []
  const { spec, protected: isProtected, secrets } = JSON.parse(version.content) as Content
  const valid = secrets.filter(({ expiresAt }: LiveSecret) => expiresAt === null || expiresAt > now)
  const content = { spec, protected: isProtected, secrets: valid }
  const { objectId: id, owner, key, appliedAt, actor } = version
  return [{ id, owner, kind: version.kind as Kind, key, content, signature: { at: appliedAt, by: actor } }]
}

function digestsOf(objects: readonly LiveObject[], owners: readonly string[]): Map<string, string> {
  const byOwner = new Map<string, [string, string][]>(owners.map((owner) => [owner, []]))
  for (const object of objects) byOwner.get(object.owner)?.push([addressOf(object), contentHash(object)])
  return new Map([...byOwner].map(([owner, pairs]) => [owner, digestOfObjects(pairs)]))
}
