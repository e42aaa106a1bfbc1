import { Failure } from '../common/failure.ts'
import type { Kind, RenderObject } from '../config/desired-state.ts'
import { firstVersion, readGeneration, type GenerationFacts } from '../db/configuration/history.ts'
import { versionsAt } from '../db/configuration/object-versions.ts'
import type { Database } from '../db/open.ts'
import { contentHash, type Content } from './content-hash.ts'
import type { LiveObject, LiveSecret, SpecOf } from './kind.ts'
import { addressOf } from './kinds.ts'
import { digestOfObjects } from './last-applied.ts'

/** One object as it was. */
export type PastObject = { id: string; kind: Kind; key: string; content: Content & { secrets: readonly LiveSecret[] } }

/** Everything that an owner had when a generation was the last one. */
export type PastState = { generation: GenerationFacts; owner: string; objects: PastObject[] }

/**
 * The objects of the owner of generation `number` (or of `owner`, when another one is meant) as they were
 * then. Throws Failure `invalid` when there is no such generation, or when it is from before objects were kept.
 */
export async function readStateAt(database: Database, number: number, owner?: string): Promise<PastState> {
  const { reader, provider } = database
  const generation = await readGeneration(reader, provider, number)
  if (generation === undefined) {
    throw new Failure('invalid', `there is no generation ${number}; bode history lists them`)
  }
  const whose = owner ?? generation.owner
  const first = await firstVersion(reader, whose)
  if (first === undefined || first > number) {
    const since = first === undefined ? 'none can be shown yet' : `the first that can be shown is ${first}`
    throw new Failure('invalid', `nothing is known of the objects of "${whose}" in generation ${number}; ${since}`)
  }
  const versions = await versionsAt(reader, provider, whose, number)
  const objects = versions.map(({ objectId, kind, key, content }): PastObject => ({
    id: objectId,
    kind: kind as Kind,
    key,
    content: JSON.parse(content ?? 'null') as PastObject['content'],
  }))
  return { generation, owner: whose, objects }
}

/** The digest of an owner who has these objects; it is what a generation that makes them has. */
export function digestOfState(objects: readonly { kind: Kind; key: string; content: Content }[]): string {
  return digestOfObjects(objects.map((object) => [addressOf(object), contentHash(object.content)]))
}

/** The digest of live objects, all of one owner. */
export function digestOfLive(objects: readonly LiveObject[]): string {
  return digestOfState(objects.map((object) => ({ kind: object.kind, key: object.key, content: object })))
}

/** An object of the past, to be written as YAML. */
export function asRendered({ id, kind, key, content }: PastObject): RenderObject {
  const { spec, protected: isProtected, secrets } = content
  const common = { kind, key, spec: spec as SpecOf<Kind>, protected: isProtected, secrets }
  return (kind === 'abonnementen' ? { ...common, uuid: id } : common) as RenderObject
}
