import type { DesiredState } from '../config/desired-state.ts'
import type { Diff } from './diff.ts'

/** What the command line allows beyond the limits of the document. */
export type Allowance = {
  /** --allow-deletes N: exactly this many may go, whatever the limits say. */
  deletes: number | undefined
  /** --allow-empty: nothing of a document needs to stay. */
  empty: boolean
  /** This takes back what was applied a moment ago: what is protected or in use since then may go. */
  undoes?: boolean
}

/** Under this number of objects a percentage says nothing. */
const PERCENTAGE_FROM = 10

/**
 * Why the deletes of `state` are too many, in words; empty when they are not. It protects against a
 * file that was truncated or rendered empty. The numbers are octoDNS's: 30 % from 10 objects.
 */
export function budgetRefusals(state: DesiredState, diff: Diff, allowance: Allowance): string[] {
  const isOurs = ({ owner }: { owner: string }): boolean => owner === state.owner
  const deletes = diff.deleted.filter(isOurs).length
  if (deletes === 0) return []
  const kept = [...diff.unchanged, ...diff.away, ...diff.leftAlone].filter(isOurs).length
  const written = diff.written.filter(isOurs)
  const refusals: string[] = []
  if (kept + written.length === 0 && !allowance.empty) {
    refusals.push(`"${state.owner}" would have nothing left; --allow-empty if that is meant`)
  }
  const before = deletes + kept + written.filter(({ live }) => live !== undefined).length
  const tooMany = whyTooMany(state, deletes, before, allowance)
  if (tooMany !== undefined) refusals.push(`"${state.owner}": ${tooMany}; --allow-deletes ${deletes} if that is meant`)
  return refusals
}

function whyTooMany(
  { reconcile: { limits } }: DesiredState,
  deletes: number,
  before: number,
  { deletes: allowed }: Allowance,
): string | undefined {
  if (allowed !== undefined) return deletes > allowed ? `${deletes} deletes are more than ${allowed}` : undefined
  if (deletes > limits.maxDeletes) return `${deletes} deletes are more than maxDeletes ${limits.maxDeletes}`
  const percentage = (deletes / before) * 100
  if (before >= PERCENTAGE_FROM && percentage > limits.maxDeletePercent) {
    return `${deletes} deletes of ${before} objects are more than maxDeletePercent ${limits.maxDeletePercent}`
  }
  return undefined
}
