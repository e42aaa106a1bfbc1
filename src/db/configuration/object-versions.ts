import { NEWEST } from './generations.ts'
import type { Client, Transaction } from '../open.ts'
import type { Provider } from '../target.ts'
import { textList } from './json-parameters.ts'

/** What a generation made of one object; `content` null: it deleted the object. */
export type ObjectVersion = {
  objectId: string
  generation: number
  owner: string
  kind: string
  key: string
  /** JSON { spec, protected, secrets: [{ field, slot, fingerprint, reference, expiresAt }] }. */
  content: string | null
  /** When that generation was applied, epoch ms, and by whom. */
  appliedAt: number
  actor: string
}

type VersionRow = Omit<ObjectVersion, 'generation' | 'appliedAt'> & Record<'generation' | 'appliedAt', number | bigint>

/** The sealed value of one slot of one object version. */
export type SecretVersion = { objectId: string; field: string; slot: string; ciphertext: string }

/**
 * What was last applied, by generation `upTo`, of each object that any of `owners` has or had: one row per
 * object, deletes included. An object that another owner took since is not among them. One statement.
 */
export function newestVersions(
  client: Client | Transaction,
  provider: Provider,
  owners: readonly string[],
  upTo = NEWEST,
): Promise<ObjectVersion[]> {
  return read(client, provider, owners, upTo)
}

/**
 * What `owner` had when `generation` was the last one: one row per object, without those that were
 * deleted by then. One statement.
 */
export async function versionsAt(
  client: Client | Transaction,
  provider: Provider,
  owner: string,
  generation: number,
): Promise<ObjectVersion[]> {
  const versions = await read(client, provider, [owner], generation)
  return versions.filter(({ content }) => content !== null)
}

/**
 * The sealed secrets of what `owner` had when `generation` was the last one. A slot that was removed or
 * has ended since is not among them: its ciphertext is destroyed. One statement.
 */
export async function secretVersionsAt(
  client: Client | Transaction,
  owner: string,
  generation: number,
): Promise<SecretVersion[]> {
  return client.$queryRaw<SecretVersion[]>`
    SELECT s.object_id AS "objectId", s.field, s.slot, s.ciphertext
    FROM object_version v
    JOIN secret_version s ON s.object_id = v.object_id AND s.generation = v.generation
    WHERE v.owner = ${owner} AND v.content IS NOT NULL AND v.generation =
      (SELECT MAX(w.generation) FROM object_version w WHERE w.object_id = v.object_id AND w.generation <= ${generation})
    ORDER BY v.kind, v.key`
}

/** Those of `owners` of whom at least one object version is known. */
export async function ownersWithVersions(
  client: Client | Transaction,
  provider: Provider,
  owners: readonly string[],
): Promise<Set<string>> {
  const rows = await client.$queryRaw<{ owner: string }[]>`
    SELECT DISTINCT owner FROM object_version WHERE owner IN ${textList(provider, owners)}`
  return new Set(rows.map(({ owner }) => owner))
}

async function read(
  client: Client | Transaction,
  provider: Provider,
  owners: readonly string[],
  generation: number,
): Promise<ObjectVersion[]> {
  const rows = await client.$queryRaw<VersionRow[]>`
    SELECT v.object_id AS "objectId", v.generation, v.owner, v.kind, v.key, v.content, g.applied_at AS "appliedAt", g.actor
    FROM object_version v
    JOIN generation g ON g.number = v.generation
    WHERE v.owner IN ${textList(provider, owners)} AND v.generation =
      (SELECT MAX(w.generation) FROM object_version w WHERE w.object_id = v.object_id AND w.generation <= ${generation})
    ORDER BY v.kind, v.key`
  return rows.map((row) => ({ ...row, generation: Number(row.generation), appliedAt: Number(row.appliedAt) }))
}
