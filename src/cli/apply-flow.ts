import type { Clock } from '../common/clock.ts'
import type { AuditEntry } from '../db/audit.ts'
import type { Database } from '../db/open.ts'
import { applyPlan } from '../reconcile/apply.ts'
import type { Committed } from '../reconcile/commit.ts'
import { hasChanges, type Plan } from '../reconcile/plan.ts'
import { planConfiguration, type Planned, type Wanted } from '../reconcile/planner.ts'
import { Unconfirmed, waitForServers } from '../reconcile/wait-for-servers.ts'
import type { Audit, Occasion } from '../reconcile/writes.ts'
import { sequenceSettler } from './sequence-settler.ts'
import { prepareUndo, undo, type Undo } from './nack.ts'
import type { ApplyReport } from './views/apply.ts'

/** One apply, whoever asks for it: the command line, the operators' API or a server that starts. */
export type ApplyFlow = Partial<Occasion> & {
  database: Database
  wanted: Wanted
  audit: Audit
  clock: Clock
  lockTimeoutMs: number
  /** 0: nobody waits. */
  waitForServersMs: number
  dryRun: boolean
  /** What to do when a running server refuses the result. Default: `keep`. */
  onNack?: 'keep' | 'rollback' | undefined
  /** Refuse a document whose `metadata.sequence` is lower than the one that was applied last. */
  refuseOlder?: boolean
  /** Throws a Failure when this is not the plan that somebody reviewed. */
  review?: ((planned: Planned) => Promise<void>) | undefined
  /** Why the plan, which has changes, may not be carried out; undefined: go on. */
  whyNot: (plan: Plan) => Promise<string | undefined>
  /** Told of every entry of the audit after its commit. The command line has no log. */
  onAudited?: ((entry: AuditEntry) => void) | undefined
  /** Told what the flow is busy with. */
  step: (what: string) => void
}

/**
 * plan ──► refused? ──► approved? ──► transaction ──► servers
 *
 * A plan that may not be carried out and servers that do not confirm are in the report; whatever else
 * goes wrong is thrown as the Failure that it is, with nothing changed.
 */
export async function runApply(flow: ApplyFlow): Promise<ApplyReport> {
  const { database, wanted, step, dryRun } = flow
  const settle = sequenceSettler(flow)
  await settle.check(database)
  step('comparing with the database')
  const planned = await planConfiguration(database, wanted)
  await flow.review?.(planned)
  const { plan } = planned
  const nothing = { generation: null, lockHeldMs: null, servers: null, plan }
  const refusal = hasChanges(plan) ? await refusalOf(plan, flow) : undefined
  if (refusal !== undefined) return { ...nothing, status: 'refused', error: { kind: 'refused', message: refusal } }
  const prepared = hasChanges(plan) ? await prepareUndo(flow, plan) : undefined
  // Also for a plan without changes: what has ended is cleared away.
  step('applying the plan')
  const committed = await applyPlan(database, wanted, planned, { ...flow, alongside: settle.write })
  if (committed === undefined) {
    if (!dryRun) await settle.writeAlone(database)
    return { ...nothing, status: 'unchanged' }
  }
  if (dryRun) return { ...nothing, ...committed, status: 'dry-run' }
  step(`waiting for the servers to run on generation ${committed.generation}`)
  return { plan, ...committed, ...(await confirmation(flow, prepared, committed)) }
}

async function refusalOf(plan: Plan, { whyNot }: ApplyFlow): Promise<string | undefined> {
  return plan.refusals.length > 0 ? plan.refusals.join('; ') : whyNot(plan)
}

type Confirmation = Pick<ApplyReport, 'status' | 'servers' | 'error' | 'rolledBack'>

async function confirmation(flow: ApplyFlow, prepared: Undo, { generation }: Committed): Promise<Confirmation> {
  const { database, waitForServersMs, clock } = flow
  if (waitForServersMs === 0) return { status: 'applied', servers: null }
  try {
    const servers = await waitForServers(database, generation, { timeoutMs: waitForServersMs, clock })
    return { status: 'applied', servers }
  } catch (error) {
    if (!(error instanceof Unconfirmed)) throw error
    const { message, refused } = error
    const outcome = await undo(flow, refused ? prepared : undefined, { message, generation })
    return { status: 'unconfirmed', servers: null, ...outcome }
  }
}
