import type { DesiredState, Kind } from '../config/desired-state.ts'
import type { LastGeneration } from '../db/configuration/generations.ts'
import type { Allowance } from './budget.ts'
import { contentHash, digestOf } from './content-hash.ts'
import type { Diff } from './diff.ts'
import { addressOf } from './kinds.ts'
import { digestOfObjects, type LastApplied } from './last-applied.ts'
import { abonnementenOf, count } from './live-checks.ts'
import { refusalsOf } from './refusals.ts'
import type { Change, Counts, Plan, PlannedDocument, ShownSecret } from './plan.ts'

export type PlanFacts = {
  tool: string
  states: readonly DesiredState[]
  bases: ReadonlyMap<string, LastGeneration>
  /** Deliveries queued per id of an abonnement that would be deleted. */
  queued: ReadonlyMap<string, number>
  allowance: Allowance
  /** The moment of planning, epoch ms. */
  now: number
}

/** Puts a diff into the form that people and pipelines read. Pure. */
export function makePlan(diff: Diff, facts: PlanFacts): Plan {
  const { states, bases } = facts
  const documents = states
    .map((state) => plannedDocument(state, bases.get(state.owner), diff))
    .toSorted((a, b) => (a.owner < b.owner ? -1 : 1))
  const refusals = refusalsOf(diff, facts)
  const changes = diff.changes.map((change) => ({
    ...change,
    consequences: [...change.consequences, ...consequencesOf(change, diff, facts.queued)],
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
    refusals,
    sha256: digestOf({ documents, changes: diff.changes.map(withoutPositions), refusals }),
  }
}

function plannedDocument(state: DesiredState, base: LastGeneration | undefined, diff: Diff): PlannedDocument {
  return {
    owner: state.owner,
    // A document that names none is of the environment that is here.
    environment: state.environment ?? base?.environment ?? null,
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

/** What a delete takes with it, or leaves without. */
function consequencesOf(change: Change, diff: Diff, queued: ReadonlyMap<string, number>): string[] {
  if (change.action !== 'delete') return []
  const deliveries = queued.get(change.id) ?? 0
  const orphans = change.kind === 'clientCredentials' ? abonnementenOf(change.key, diff) : 0
  return [
    ...(deliveries > 0 ? [`${count(deliveries, 'delivery is', 'deliveries are')} queued and will be cancelled`] : []),
    ...(orphans > 0
      ? [`${count(orphans, 'abonnement', 'abonnementen')} of this client stay, and it can change none any more`]
      : []),
  ]
}

/** Fields in order of path: the keys of a document, or of a plan that was saved, may stand in any order. */
function withoutPositions({ origin: _origin, fields, ...change }: Change): object {
  const sorted = fields.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return { ...change, fields: sorted.map(({ origin: _fieldOrigin, ...field }) => withoutUse(field)) }
}

/** A secret that is used meanwhile makes no other plan. */
function withoutUse(field: object): object {
  if (!('before' in field) || !('sensitive' in field)) return field
  const { lastUsedAt: _lastUsedAt, ...before } = field.before as ShownSecret
  return { ...field, before }
}

/** How many there are of each kind. */
export function countKinds(objects: readonly { kind: Kind }[]): Counts {
  const counts: Counts = {}
  for (const { kind } of objects) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
