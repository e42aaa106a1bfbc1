import { isDeclared } from '../common/snapshot.ts'
import type { GenerationRow } from '../db/configuration/generations.ts'
import type { RekeyedRows, SealedRows } from '../db/configuration/sealed-rows.ts'
import { fingerprint } from '../secrets/fingerprint.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { seal, unseal } from '../secrets/sealing.ts'
import { contentHash, digestOf, type Content } from './content-hash.ts'
import type { LiveObject } from './kind.ts'
import { addressOf, kindNamed } from './kinds.ts'
import { digestOfLive } from './state-at.ts'

/** An owner whose objects are sealed with another key from now on. */
export type RekeyedOwner = Pick<GenerationRow, 'owner' | 'environment'> & {
  before: { number: number; digest: string }
  digest: string
  objects: number
}

export type Rekeyed = { rows: RekeyedRows; owners: RekeyedOwner[] }

/**
 * What stands in the database when `key` is its master key instead of `old`: every value sealed anew, every
 * fingerprint computed anew, and with them the hashes and digests that they are part of, of earlier
 * generations too. So nothing changes for a plan, and a rollback still restores the digest. A fingerprint
 * whose value is not known any more (its ciphertext was destroyed) stays what it is: it matches nothing.
 * Throws Failure `secret` when something cannot be opened.
 */
export function rekey(sealed: SealedRows, live: readonly LiveObject[], old: MasterKey, key: MasterKey): Rekeyed {
  const fresh = new Map<string, string>()
  const kinds = new Map(sealed.objectVersions.map(({ objectId, kind }) => [objectId, kind]))
  const again = (place: { objectId: string; kind: string; field: string; slot: string }, ciphertext: string) => {
    const value = unseal({ ...key, previous: old }, ciphertext, place)
    const now = fingerprint(key, value, place)
    fresh.set(fingerprint(old, value, place), now)
    return { objectId: place.objectId, field: place.field, slot: place.slot, ciphertext: seal(key, value, place), now }
  }
  const secrets = sealed.secrets.map((row) => {
    const { now, ...rest } = again(row, row.ciphertext)
    return { ...rest, fingerprint: now }
  })
  const secretVersions = sealed.secretVersions.map((row) => {
    const { now: _now, ...rest } = again({ ...row, kind: kinds.get(row.objectId) ?? '' }, row.ciphertext)
    return { ...rest, generation: row.generation }
  })
  const versions = sealed.objectVersions.map(({ content, ...row }) => {
    const before = content === null ? undefined : (JSON.parse(content) as Content)
    return { ...row, before, after: before && refingerprinted(before, fresh) }
  })
  const digests = newDigests(versions, sealed.generations)
  return {
    rows: {
      secrets,
      secretVersions,
      objectVersions: versions.flatMap(({ objectId, generation, after }) =>
        after === undefined || after.secrets.length === 0
          ? []
          : [{ objectId, generation, content: JSON.stringify(after) }],
      ),
      hashes: newHashes(live, fresh),
      digests: [...digests].map(([number, digest]) => ({ number, digest })),
    },
    owners: ownersOf(sealed.generations, live, fresh, digests),
  }
}

function refingerprinted<T extends Content>(content: T, fresh: ReadonlyMap<string, string>): T {
  const secrets = content.secrets.map((secret) => ({
    ...secret,
    fingerprint: fresh.get(secret.fingerprint) ?? secret.fingerprint,
  }))
  return { ...content, secrets }
}

type Version = { objectId: string; generation: number; owner: string; kind: string; key: string } & {
  before: Content | undefined
  after: Content | undefined
}

/** By number, for each generation whose digest is that of the objects it made. `versions` in order of generation. */
function newDigests(versions: readonly Version[], generations: SealedRows['generations']): Map<number, string> {
  const found = new Map<number, string>()
  const held = new Map<string, Map<string, Version>>()
  let next = 0
  for (const { number, owner, digest } of generations) {
    for (; (versions[next]?.generation ?? Infinity) <= number; next += 1) {
      const version = versions[next] as Version
      for (const objects of held.values()) objects.delete(version.objectId)
      if (!held.has(version.owner)) held.set(version.owner, new Map())
      if (version.after !== undefined) held.get(version.owner)?.set(version.objectId, version)
    }
    const objects = [...(held.get(owner)?.values() ?? [])]
    if (digestOfVersions(objects, 'before') === digest) found.set(number, digestOfVersions(objects, 'after'))
  }
  return found
}

function digestOfVersions(objects: readonly Version[], side: 'before' | 'after'): string {
  const hashes = objects.map((object) => [
    addressOf(object as { kind: LiveObject['kind']; key: string }),
    contentHash(object[side] as Content),
  ])
  return digestOf(Object.fromEntries(hashes))
}

/** Only of objects that have secrets, and have a hash: what came through the API has none. */
function newHashes(live: readonly LiveObject[], fresh: ReadonlyMap<string, string>): RekeyedRows['hashes'] {
  const byTable = new Map<RekeyedRows['hashes'][number]['table'], { id: string; hash: string }[]>()
  for (const object of live) {
    if (object.secrets.length === 0 || !isDeclared(object.owner)) continue
    const { table } = kindNamed(object.kind)
    const row = { id: object.id, hash: contentHash(refingerprinted(object, fresh)) }
    const others = byTable.get(table)
    if (others === undefined) byTable.set(table, [row])
    else others.push(row)
  }
  return [...byTable].map(([table, rows]) => ({ table, rows }))
}

/**
 * Each owner with the digest of its new generation: that of the generation before, under the new key. So
 * what had drifted still has.
 */
function ownersOf(
  generations: SealedRows['generations'],
  live: readonly LiveObject[],
  fresh: ReadonlyMap<string, string>,
  digests: ReadonlyMap<number, string>,
): RekeyedOwner[] {
  const last = new Map(generations.map((generation) => [generation.owner, generation]))
  return [...last.values()].map(({ owner, environment, number, digest }) => {
    const mine = live.filter((object) => object.owner === owner)
    const now =
      digestOfLive(mine) === digest
        ? digestOfLive(mine.map((object) => refingerprinted(object, fresh)))
        : (digests.get(number) ?? digest)
    return {
      owner,
      environment,
      before: { number, digest: digests.get(number) ?? digest },
      digest: now,
      objects: mine.length,
    }
  })
}
