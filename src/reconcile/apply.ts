import type { Clock } from '../common/clock.ts'
import { Failure } from '../common/failure.ts'
import { commitWrites, type CommitOptions, type Committed } from './commit.ts'
import { StaleBase } from './demand-base.ts'
import { destroyEndedSecrets } from '../db/configuration/write-rows.ts'
import type { Database } from '../db/open.ts'
import { planConfiguration, type Planned, type Wanted } from './planner.ts'
import { hasChanges } from './plan.ts'
import { prepareWrites, type Audit, type Occasion } from './writes.ts'

export type ApplyOptions = Partial<Occasion> &
  CommitOptions & {
    audit: Audit
    clock: Clock
  }

const APPLY = { operation: 'apply', restores: null } as const
/** Somebody who writes all the time must not keep an apply busy for ever. */
const MAX_ATTEMPTS = 10

/**
 * Carries out a plan in one transaction; afterwards the database holds all of it or nothing.
 *
 *   planned ──► prepare rows, seal ──► BEGIN, lock ──► base still the same? ──yes──► write ──► COMMIT ──► verify
 *      ▲                                                    │ no
 *      └── same plan ◄── plan again ◄───────────────────────┘ roll back
 *                            └── another plan: Failure `conflict`
 *
 * So the plan that is carried out is the one that was shown, and no work is done under the lock that
 * could be done before it. Returns undefined when there is nothing to do (any more). Throws Failure
 * `refused`, `conflict` or `locked`, each with nothing changed.
 */
export async function applyPlan(
  database: Database,
  wanted: Wanted,
  reviewed: Planned,
  options: ApplyOptions,
): Promise<Committed | undefined> {
  if (reviewed.plan.refusals.length > 0) {
    throw new Failure('refused', `the plan is refused: ${reviewed.plan.refusals.join('; ')}`)
  }
  let planned = reviewed
  for (let attempt = 1; hasChanges(planned.plan); attempt += 1) {
    const writes = prepareWrites(planned, planned.key, { ...APPLY, ...options }, options.clock.now())
    try {
      const committed = await commitWrites(database, writes, planned.versions, planned.key, options)
      if (!options.dryRun)
        await verify(database, wanted, committed, planned.versions.epoch + (writes.movesEpoch ? 1 : 0))
      return committed
    } catch (error) {
      if (!(error instanceof StaleBase) || attempt === MAX_ATTEMPTS) throw error
      planned = await planAgain(database, wanted, reviewed, error)
    }
  }
  if (planned.hasEndedSecrets && !options.dryRun) await destroyEnded(database, planned, options)
  return undefined
}

/** A slot that has ended is no change, but its ciphertext has to go. */
async function destroyEnded(database: Database, { now }: Planned, { lockTimeoutMs }: ApplyOptions): Promise<void> {
  await database.transaction((tx) => destroyEndedSecrets(tx, now), { waitMs: lockTimeoutMs })
}

async function planAgain(database: Database, wanted: Wanted, reviewed: Planned, stale: StaleBase): Promise<Planned> {
  const planned = await planConfiguration(database, wanted)
  if (planned.plan.sha256 === reviewed.plan.sha256 || !hasChanges(planned.plan)) return planned
  throw new Failure('conflict', `${stale.message}; nothing was changed: plan again`, { cause: stale })
}

/** Planning again must find nothing, unless somebody else applied or wrote through the API since. */
async function verify(database: Database, wanted: Wanted, { generation }: Committed, epoch: number): Promise<void> {
  const onDrift = wanted.onDrift === 'overwrite' ? 'overwrite' : 'keep'
  const { plan, versions } = await planConfiguration(database, { ...wanted, onDrift })
  if (versions.generation === generation && versions.epoch === epoch && hasChanges(plan)) {
    const addresses = plan.changes.map(({ action, address }) => `${action} ${address}`).join(', ')
    throw new Error(`generation ${generation} was committed, but planning again finds: ${addresses}`)
  }
}
