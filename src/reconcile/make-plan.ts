import type { DesiredState, Kind } from '../config/desired-state.ts'
import type { LastGeneration } from '../db/configuration/generations.ts'
import { budgetRefusals, type Allowance } from './budget.ts'
import { contentHash, digestOf } from './content-hash.ts'
import type { Diff } from './diff.ts'
import { addressOf } from './kinds.ts'
import { digestOfObjects, type LastApplied } from './last-applied.ts'
import { count, kanalenInUse } from './live-checks.ts'
import type { Change, Counts, Plan, PlannedDocument, ShownSecret } from './plan.ts'

export type PlanFacts = {
  tool: string
  states: readonly DesiredState[]
  bases: ReadonlyMap<string, LastGeneration>
  /** Deliveries queued per id of an abonnement that would be deleted. */
  queued: ReadonlyMap<string, number>
  allowance: Allowance
}

/** Puts a diff into the form that people and pipelines read. Pure. */
export function makePlan(diff: Diff, facts: PlanFacts): Plan {
  const { states, bases, allowance } = facts
  const documents = states
    .map((state) => plannedDocument(state, bases.get(state.owner), diff))
    .toSorted((a, b) => (a.owner < b.owner ? -1 : 1))
  const refusals = [...kanalenInUse(diff), ...states.flatMap((state) => budgetRefusals(state, diff, allowance))]
  const changes = diff.changes.map((change) => ({
    ...change,
    consequences: [...change.consequences, ...consequencesOf(change, facts.queued)],
  }))
  const tally = (action: Change['action']): number => changes.filter((change) => change.action === action).length
  return {
    format: 'bode.plan/1',
    tool: facts.tool,
    documents,
    summary: {
      create: tally('create'),
      update: tally('update'),
      delete: tally('delete'),
      unchanged: diff.unchanged.length,
      drift: {
        putBack: diff.drift.filter(({ kept }) => !kept).length,
        kept: diff.drift.filter(({ kept }) => kept).length,
      },
    },
    changes,
    drift: diff.drift,
    notDeclared: countKinds(diff.leftAlone),
    notOurs: countKinds(diff.foreign),
    refusals: refusals.toSorted(),
    sha256: digestOf({ documents, changes: diff.changes.map(withoutPositions), refusals: refusals.toSorted() }),
  }
}

function plannedDocument(state: DesiredState, base: LastGeneration | undefined, diff: Diff): PlannedDocument {
  return {
    owner: state.owner,
    environment: state.environment ?? null,
    base: { generation: base?.number ?? 0, digest: base?.digest ?? null },
    digest: digestAfter(state.owner, diff),
  }
}

/**
 * Over address and hash of everything that the history says the owner has after the apply. What is kept
 * of drift does not count: as long as this is not the digest of what is live, there is drift.
 */
function digestAfter(owner: string, { written, unchanged, away, leftAlone, missing, drifted }: Diff): string {
  const isOwners = (object: { owner: string }): boolean => object.owner === owner
  const declared = [...written, ...unchanged, ...away].filter(isOwners)
  const applied = leftAlone.filter(isOwners).map((object) => {
    const last = drifted.get(object.id)?.last
    return last === undefined ? ([addressOf(object), contentHash(object)] as const) : asApplied(last)
  })
  return digestOfObjects([
    ...declared.map(({ object, hash }) => [addressOf(object), hash] as const),
    ...applied,
    ...missing.filter(isOwners).map(asApplied),
  ])
}

function asApplied(last: LastApplied): readonly [address: string, hash: string] {
  return [addressOf(last), contentHash(last.content)]
}

function consequencesOf(change: Change, queued: ReadonlyMap<string, number>): string[] {
  const deliveries = change.action === 'delete' ? (queued.get(change.id) ?? 0) : 0
  if (deliveries === 0) return []
  return [`${count(deliveries, 'delivery is', 'deliveries are')} queued and will be cancelled`]
}

function withoutPositions({ origin: _origin, fields, ...change }: Change): object {
  return { ...change, fields: fields.map(({ origin: _fieldOrigin, ...field }) => withoutUse(field)) }
}

/** A secret that is used meanwhile makes no other plan. */
function withoutUse<F extends object>(field: F): object {
  if (!('before' in field) || !('sensitive' in field)) return field
  const { lastUsedAt: _lastUsedAt, ...before } = field.before as ShownSecret
  return { ...field, before }
}

function countKinds(objects: readonly { kind: Kind }[]): Counts {
  const counts: Counts = {}
  for (const { kind } of objects) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
