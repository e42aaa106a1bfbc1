import { Failure } from '../common/failure.ts'
import { lockVersions, type Versions } from '../db/configuration/versions.ts'
import type { Transaction } from '../db/open.ts'
import type { Provider } from '../db/target.ts'

/** The database is not what the plan was made for. */
export class StaleBase extends Failure {
  constructor(then: Versions, now: Versions) {
    const moved =
      then.generation === now.generation
        ? 'a kanaal or abonnement was written through the API'
        : `generation ${now.generation} was applied`
    super('conflict', `${moved} since the plan was made`)
  }
}

/**
 * The number of the next generation, asked under the lock of an apply. Throws StaleBase when the database
 * moved on from `base`, which what is about to be written was computed for.
 */
export async function demandBase(tx: Transaction, provider: Provider, base: Versions): Promise<number> {
  const now = await lockVersions(tx, provider)
  if (now.generation !== base.generation || now.epoch !== base.epoch) throw new StaleBase(base, now)
  return now.generation + 1
}
