import { closest } from '../common/closest.ts'
import { Failure } from '../common/failure.ts'
import type { DesiredObject, DesiredState } from '../config/desired-state.ts'
import { ownersOfGenerations } from '../db/configuration/generations.ts'
import type { Database } from '../db/open.ts'
import { readCurrentState } from './current-state.ts'
import { inOrder } from './diff.ts'
import { findDrift, shownDrift, type Drifted } from './drift.ts'
import { originOf, positionOf } from './field-changes.ts'
import { addressOf } from './kinds.ts'
import { readLastApplied } from './last-applied.ts'
import type { Drift, Origin } from './plan.ts'

export type DriftReport = {
  /** The configurations that were looked at. */
  documents: { owner: string; generation: number; environment: string | null }[]
  /** `kept`: its client may do that. */
  drift: Drift[]
  /** Configurations last applied by a version that did not remember what it applied. */
  unknown: string[]
}

/**
 * What was changed outside the configurations of `owners` (undefined: all) since they were last applied.
 * `states` only say where a field stands in a document. Reads the database, and nothing else. Throws
 * Failure `invalid` for an owner who never applied anything.
 */
export async function readDrift(
  database: Database,
  owners: readonly string[] | undefined,
  states: readonly DesiredState[],
  now: number,
): Promise<DriftReport> {
  const known = await ownersOfGenerations(database.reader)
  const asked = owners ?? known
  for (const owner of asked) demandKnown(owner, known)
  const current = await readCurrentState(database, asked, now)
  const applied = await readLastApplied(database, current, asked, now)
  const places = new Map(
    states.flatMap((state) => state.objects.map((object) => [`${state.owner}/${addressOf(object)}`, object] as const)),
  )
  const found = [...findDrift(applied.objects, current.objects).values()]
  return {
    documents: [...current.bases].map(([owner, { number, environment }]) => ({
      owner,
      generation: number,
      environment,
    })),
    drift: found.map((one) => shownDrift(one, placeOf(one, places))).toSorted(inOrder),
    unknown: [...applied.unversioned],
  }
}

function demandKnown(owner: string, known: readonly string[]): void {
  if (known.includes(owner)) return
  const suggestion = closest(owner, known)
  const hint = suggestion === undefined ? '' : `, did you mean "${suggestion}"?`
  throw new Failure('invalid', `no configuration "${owner}" was ever applied here${hint}`)
}

function placeOf({ last }: Drifted, places: ReadonlyMap<string, DesiredObject>): (path: string) => Origin | null {
  const object = places.get(`${last.owner}/${addressOf(last)}`)
  return (path) => (object === undefined ? null : originOf(positionOf(object, path)))
}
