import type { Clock } from '../common/clock.ts'
import { bumpEpoch } from '../db/catalog.ts'
import { holdApplyLock } from '../db/configuration/apply-lock.ts'
import { ownersOfGenerations } from '../db/configuration/generations.ts'
import { newestVersions, ownersWithVersions } from '../db/configuration/object-versions.ts'
import type { Versions } from '../db/configuration/versions.ts'
import { upsertObjects } from '../db/configuration/write-rows.ts'
import type { Database } from '../db/open.ts'
import { adopt, type Adoption, type AdoptRequest, type OwnerHistory } from './adopt.ts'
import { readCurrentState } from './current-state.ts'
import { demandBase, StaleBase } from './demand-base.ts'
import { demandSameEnvironment } from './environment-guard.ts'
import { lastApplied } from './last-applied.ts'
import { writeGenerations } from './write-generations.ts'
import type { Audit } from './writes.ts'

export type AdoptOptions = { audit: Audit; clock: Clock; lockTimeoutMs: number }

/** Somebody who writes all the time must not keep an adoption busy for ever. */
const MAX_ATTEMPTS = 10

/**
 * Adopts objects in one transaction, and returns what was done with the number of the generation;
 * undefined when there was nothing to do. Throws what `adopt` throws, Failure `locked`, and `conflict` for
 * a document of another environment.
 */
export async function adoptObjects(
  database: Database,
  request: AdoptRequest,
  options: AdoptOptions,
): Promise<{ adoption: Adoption; generation: number } | undefined> {
  const { audit, clock } = options
  for (let attempt = 1; ; attempt += 1) {
    const now = clock.now()
    const owners = [...new Set([...(await ownersOfGenerations(database.reader)), request.owner])]
    const { objects, bases, versions } = await readCurrentState(database, owners, now)
    demandSameEnvironment([{ owner: request.owner, environment: request.environment ?? undefined }], bases)
    const versioned = await ownersWithVersions(database.reader, database.provider, owners)
    const applied = (await newestVersions(database.reader, database.provider, [...versioned])).flatMap((row) =>
      lastApplied(row, now),
    )
    const histories = new Map(
      owners.map((owner): [string, OwnerHistory] => [
        owner,
        {
          base: bases.get(owner),
          applied: versioned.has(owner) ? applied.filter((object) => object.owner === owner) : undefined,
        },
      ]),
    )
    const adoption = adopt(request, objects, histories, { audit, now })
    if (adoption === undefined) return undefined
    try {
      return { adoption, generation: await commit(database, adoption, versions, now, options) }
    } catch (error) {
      if (!(error instanceof StaleBase) || attempt === MAX_ATTEMPTS) throw error
    }
  }
}

async function commit(
  database: Database,
  { upserts, movesEpoch, generations }: Adoption,
  base: Versions,
  now: number,
  { lockTimeoutMs }: AdoptOptions,
): Promise<number> {
  const { provider } = database
  return database.transaction(
    async (tx) => {
      await holdApplyLock(tx, provider, lockTimeoutMs)
      const first = await demandBase(tx, provider, base)
      for (const { table, rows } of upserts) await upsertObjects(tx, provider, table, rows)
      if (movesEpoch) await bumpEpoch(tx)
      const { generation } = await writeGenerations(tx, provider, generations, first, now)
      return generation
    },
    { waitMs: lockTimeoutMs },
  )
}
