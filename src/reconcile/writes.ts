import type { GenerationRow } from '../db/configuration/generations.ts'
import type { ObjectTable, Row } from '../db/configuration/tables.ts'
import { toReferenceColumn } from '../db/records/secret.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { seal } from '../secrets/sealing.ts'
import type { DeclaredObject } from './declared-object.ts'
import type { Diff } from './diff.ts'
import { KINDS_IN_ORDER } from './kinds.ts'
import type { Plan } from './plan.ts'

/** Who applies, from where and why: facts for the history. */
export type Audit = { actor: string; commitSha: string | null; note: string | null }

/** Everything that an apply writes, computed before the lock is taken, in the order of writing. */
export type Writes = {
  /** Children first. */
  deletes: { table: ObjectTable; ids: string[] }[]
  /** Abonnementen whose unfinished deliveries end with them. */
  cancelled: string[]
  /** Abonnementen that keep their id under another name. */
  renamed: string[]
  /** Parents first. */
  upserts: { table: ObjectTable; rows: Row[] }[]
  /** Objects whose secrets become exactly `secrets`: those written and those deleted. */
  secretOwners: string[]
  secrets: Row[]
  movesEpoch: boolean
  /** The Autorisaties API, or how to reach it, changed. */
  forgetsAnswers: boolean
  /** Without their numbers, which are known under the lock. */
  generations: Omit<GenerationRow, 'number'>[]
}

/** Turns a diff into rows; seals the secrets. */
export function prepareWrites(plan: Plan, found: Diff, key: MasterKey, audit: Audit, now: number): Writes {
  const { written, deleted } = found
  const perKind = KINDS_IN_ORDER.map((kind) => ({
    kind,
    ids: deleted.filter((object) => object.kind === kind.name).map(({ id }) => id),
    written: written.filter(({ object }) => object.kind === kind.name),
  }))
  const touched = perKind.filter(({ ids, written: rows }) => ids.length + rows.length > 0).map(({ kind }) => kind)
  return {
    deletes: perKind.map(({ kind, ids }) => ({ table: kind.table, ids })).toReversed(),
    cancelled: perKind.flatMap(({ kind, ids }) => (kind.name === 'abonnementen' ? ids : [])),
    renamed: written.filter(({ live, object }) => live !== undefined && live.key !== object.key).map(({ id }) => id),
    upserts: perKind.map(({ kind, written: objects }) => ({
      table: kind.table,
      rows: objects.map(({ object, ...declared }) => ({
        ...kind.columns(object.key, object.spec),
        ...(kind.keepsCreation ? { createdAt: now } : {}),
        id: declared.id,
        owner: declared.owner,
        hash: declared.hash,
        protected: object.protected,
        updatedAt: now,
        updatedBy: audit.actor,
      })),
    })),
    secretOwners: [...written, ...deleted].map(({ id }) => id),
    secrets: written.flatMap((declared) => secretRows(declared, key)),
    movesEpoch: touched.some((kind) => kind.movesEpoch),
    forgetsAnswers: touched.some((kind) => kind.forgetsAnswers),
    generations: generationsOf(plan, audit),
  }
}

function secretRows({ id, object, secrets }: DeclaredObject, key: MasterKey): Row[] {
  return secrets.map(({ field, slot, reference, fingerprint, expiresAt, value, place }) => ({
    objectId: id,
    kind: object.kind,
    field,
    slot,
    reference: toReferenceColumn(reference),
    ciphertext: seal(key, value, place),
    fingerprint,
    expiresAt,
  }))
}

/** One for each owner of whom something changes. */
function generationsOf(plan: Plan, audit: Audit): Writes['generations'] {
  const text = JSON.stringify(plan)
  return plan.documents
    .filter(({ owner }) => plan.changes.some((change) => change.owner === owner))
    .map(({ owner, digest }) => ({ owner, digest, plan: text, toolVersion: plan.tool, ...audit }))
}
