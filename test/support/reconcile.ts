import type { Database } from '../../src/db/open.ts'
import { applyPlan, type ApplyOptions } from '../../src/reconcile/apply.ts'
import type { Committed } from '../../src/reconcile/commit.ts'
import type { Plan } from '../../src/reconcile/plan.ts'
import { planConfiguration, type Wanted } from '../../src/reconcile/planner.ts'
import { TestClock } from './clock.ts'

export const applyOptions: ApplyOptions = {
  audit: { actor: 'tester', commitSha: null, pipelineUrl: null, note: null },
  clock: new TestClock(),
  lockTimeoutMs: 10_000,
  dryRun: false,
}

export async function planOf(database: Database, wanted: Wanted): Promise<Plan> {
  return (await planConfiguration(database, wanted)).plan
}

/** Plans and applies, as `bode apply` does. */
export async function apply(
  database: Database,
  wanted: Wanted,
  options: Partial<ApplyOptions> = {},
): Promise<Committed | undefined> {
  const planned = await planConfiguration(database, wanted)
  return applyPlan(database, wanted, planned, { ...applyOptions, ...options })
}
