import { isDeclared } from '../common/snapshot.ts'
import { knownOwners, readHistory, type GenerationFacts } from '../db/configuration/history.ts'
import type { Database } from '../db/open.ts'
import { readCurrentState } from './current-state.ts'
import type { Counts } from './plan.ts'
import { digestOfLive } from './state-at.ts'

/** How things stand with one configuration. */
export type OwnerStatus = {
  owner: string
  /** Its last generation. */
  generation: GenerationFacts
  /** How many objects it has now, by kind. */
  objects: Counts
  /** True when the objects are not what the last generation made of them; `bode drift` shows how. */
  drifted: boolean
}

export type ConfigurationStatus = {
  owners: OwnerStatus[]
  /** What clients made through the API. */
  madeByClients: Counts
}

/** Reads how every configuration stands at `now` (epoch ms). No secret is opened. */
export async function readStatus(database: Database, now: number): Promise<ConfigurationStatus> {
  const { objects } = await readCurrentState(database, [], now)
  const owners: OwnerStatus[] = []
  for (const owner of await knownOwners(database.reader)) {
    const [generation] = await readHistory(database.reader, database.provider, { owner, limit: 1 })
    if (generation === undefined) continue
    const mine = objects.filter((object) => object.owner === owner)
    owners.push({ owner, generation, objects: tally(mine), drifted: digestOfLive(mine) !== generation.digest })
  }
  return { owners, madeByClients: tally(objects.filter(({ owner }) => !isDeclared(owner))) }
}

function tally(objects: readonly { kind: keyof Counts }[]): Counts {
  const counts: Counts = {}
  for (const { kind } of objects) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
