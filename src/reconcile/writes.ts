import type { Operation } from '../db/configuration/generations.ts'
import type { ObjectTable, Row } from '../db/configuration/tables.ts'
import type { KeptSlots } from '../db/configuration/write-rows.ts'
import { toReferenceColumn } from '../db/records/secret.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { sealValue, type DeclaredObject } from './declared-object.ts'
import type { LiveSecret } from './kind.ts'
import { KINDS_IN_ORDER } from './kinds.ts'
import type { Plan } from './plan.ts'
import type { Planned } from './planner.ts'
import { versionsOf } from './version-rows.ts'
import type { NewGeneration } from './write-generations.ts'

/** Who applies, from where and why: facts for the history. */
export type Audit = { actor: string; commitSha: string | null; pipelineUrl: string | null; note: string | null }

/** What the generation will say that it was; `restores`: by owner, the one that a rollback goes back to. */
export type Occasion = { audit: Audit; operation: Operation; restores: ReadonlyMap<string, number> | null }

/** Everything that an apply writes, computed before the lock is taken, in the order of writing. */
export type Writes = {
  /** Children first. */
  deletes: { table: ObjectTable; ids: string[] }[]
  /** Abonnementen whose unfinished deliveries end with them. */
  cancelled: string[]
  /** Objects that keep their id under another key. */
  renamed: { table: ObjectTable; ids: string[] }[]
  /** Parents first. */
  upserts: { table: ObjectTable; rows: Row[] }[]
  /** Objects that were there, whose secrets become exactly those of `secrets`: written, deleted and vanished ones. */
  secretOwners: string[]
  secrets: Row[]
  /** Slots that stay as they are: what their client put there, and what the document says in earlier versions. */
  keptSecrets: KeptSlots
  movesEpoch: boolean
  /** The Autorisaties API, or how to reach it, changed. */
  forgetsAnswers: boolean
  /** The moment of writing, epoch ms. */
  now: number
  /** The moment of planning, epoch ms: secrets that had ended by then are destroyed. */
  endedBy: number
  /** Without their numbers, which are known under the lock; each with what it makes of its owner's objects. */
  generations: NewGeneration[]
}

/**
 * Turns a plan into rows; seals the secrets. `now` (epoch ms) is the moment of writing.
 *
 * A rollback comes through here too: what it wants is a diff like any other, which `planConfiguration` makes of
 * the objects as they were, with their ids in `Wanted.known`. What moves no field of a document (adoption, rekey,
 * fresh secrets) has rows of its own.
 */
export function prepareWrites(planned: Planned, key: MasterKey, occasion: Occasion, now: number): Writes {
  const { written, deleted, forgotten, drifted } = planned.diff
  const { audit } = occasion
  const perKind = KINDS_IN_ORDER.map((kind) => ({
    kind,
    ids: deleted.filter((object) => object.kind === kind.name).map(({ id }) => id),
    written: written.filter(({ object }) => object.kind === kind.name),
  }))
  const touched = perKind.filter(({ ids, written: rows }) => ids.length + rows.length > 0).map(({ kind }) => kind)
  return {
    deletes: perKind.map(({ kind, ids }) => ({ table: kind.table, ids })).toReversed(),
    cancelled: perKind.flatMap(({ kind, ids }) => (kind.name === 'abonnementen' ? ids : [])),
    renamed: perKind.map(({ kind, written: objects }) => ({
      table: kind.table,
      ids: objects.filter(({ live, object }) => live !== undefined && live.key !== object.key).map(({ id }) => id),
    })),
    upserts: perKind.map(({ kind, written: objects }) => ({
      table: kind.table,
      rows: objects.map(({ id, owner, target: { object, keptFrom, hash } }) => ({
        ...kind.columns(object.key, object.spec),
        ...(kind.keepsCreation ? { createdAt: now } : {}),
        id,
        owner,
        hash,
        protected: object.protected,
        updatedAt: keptFrom?.updatedAt ?? now,
        updatedBy: keptFrom?.updatedBy ?? audit.actor,
      })),
    })),
    // An object that vanished has no secrets any more, but earlier versions of it have.
    secretOwners: [
      ...written.filter(({ id, live }) => live !== undefined || drifted.has(id)),
      ...deleted,
      ...forgotten,
    ].map(({ id }) => id),
    secrets: written.flatMap((declared) => secretRows(declared, key)),
    keptSecrets: keptSlots(written),
    movesEpoch: touched.some((kind) => kind.movesEpoch),
    forgetsAnswers: touched.some((kind) => kind.forgetsAnswers),
    now,
    endedBy: planned.now,
    generations: generationsOf(planned, key, occasion),
  }
}

function keptSlots(written: readonly DeclaredObject[]): KeptSlots {
  const slotsOf = (id: string, secrets: readonly LiveSecret[]): Row[] =>
    secrets.map(({ field, slot }) => ({ objectId: id, field, slot }))
  const live = written.flatMap(({ id, target }) => slotsOf(id, target.keptSecrets))
  const declared = written.filter(({ secrets, target }) => secrets !== target.secrets)
  return { live, versions: [...live, ...declared.flatMap(({ id, secrets }) => slotsOf(id, secrets))] }
}

function secretRows({ id, object, target }: DeclaredObject, key: MasterKey): Row[] {
  return target.secrets.map((secret) => ({
    objectId: id,
    kind: object.kind,
    field: secret.field,
    slot: secret.slot,
    reference: toReferenceColumn(secret.reference),
    ciphertext: sealValue(key, secret),
    fingerprint: secret.fingerprint,
    expiresAt: secret.expiresAt,
  }))
}

/** One for each owner of whom something changes. */
function generationsOf(
  planned: Planned,
  key: MasterKey,
  { audit, operation, restores }: Occasion,
): Writes['generations'] {
  const { plan } = planned
  const text = JSON.stringify(plan)
  return plan.documents
    .filter(({ owner }) => isTouched(plan, owner))
    .map(({ owner, digest, environment }) => ({
      row: {
        owner,
        digest,
        environment,
        plan: text,
        toolVersion: plan.tool,
        operation,
        restores: restores?.get(owner) ?? null,
        ...audit,
      },
      versions: versionsOf(owner, planned, key),
    }))
}

function isTouched(plan: Plan, owner: string): boolean {
  return plan.changes.some((change) => change.owner === owner)
}
