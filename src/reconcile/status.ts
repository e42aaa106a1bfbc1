import { isDeclared } from '../common/snapshot.ts'
import { ownersOfGenerations } from '../db/configuration/generations.ts'
import { readHistory, type GenerationFacts } from '../db/configuration/history.ts'
import type { Database } from '../db/open.ts'
import { readCurrentState } from './current-state.ts'
import { findDrift } from './drift.ts'
import { readLastApplied } from './last-applied.ts'
import { countKinds } from './make-plan.ts'
import type { Counts } from './plan.ts'

/** How things stand with one configuration. */
export type OwnerStatus = {
  owner: string
  /** Its last generation. */
  generation: GenerationFacts
  /** How many objects it has now, by kind. */
  objects: Counts
  /**
   * How many objects are not what they were last applied as; `bode drift` shows how. null: nobody knows,
   * because an earlier version applied them.
   */
  drifted: number | null
}

export type ConfigurationStatus = {
  owners: OwnerStatus[]
  /** What clients made through the API. */
  madeByClients: Counts
}

/** Reads how every configuration stands at `now` (epoch ms). No secret is opened. */
export async function readStatus(database: Database, now: number): Promise<ConfigurationStatus> {
  const known = await ownersOfGenerations(database.reader)
  const current = await readCurrentState(database, known, now)
  const { objects } = current
  const applied = await readLastApplied(database, current, known, now)
  const drift = [...findDrift(applied.objects, objects).values()]
  const owners: OwnerStatus[] = []
  for (const owner of known) {
    const [generation] = await readHistory(database.reader, database.provider, { owner, limit: 1 })
    if (generation === undefined) continue
    const mine = objects.filter((object) => object.owner === owner)
    const drifted = applied.unversioned.has(owner) ? null : drift.filter(({ last }) => last.owner === owner).length
    owners.push({ owner, generation, objects: countKinds(mine), drifted })
  }
  return { owners, madeByClients: countKinds(objects.filter(({ owner }) => !isDeclared(owner))) }
}
