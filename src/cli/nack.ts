import { Failure } from '../common/failure.ts'
import { applyPlan } from '../reconcile/apply.ts'
import type { Plan } from '../reconcile/plan.ts'
import { planConfiguration } from '../reconcile/planner.ts'
import { prepareRollback, type Rollback } from '../reconcile/rollback.ts'
import { recordedSequences, restoreSequences } from '../reconcile/sequence.ts'
import { Unconfirmed, waitForServers } from '../reconcile/wait-for-servers.ts'
import type { ApplyFlow } from './apply-flow.ts'
import type { ApplyReport } from './views/apply.ts'

type Sequences = Awaited<ReturnType<typeof recordedSequences>>

/** How to undo an apply that a server refuses; or why it cannot be. Undefined: it is to be kept. */
export type Undo = { back: Rollback; sequences: Sequences } | { problem: string } | undefined

/**
 * Gets ready to undo what `plan` is about to do. Before it is done, because it destroys the secrets of what
 * it deletes: they are in memory until the servers have answered.
 */
export async function prepareUndo({ onNack, database, wanted, dryRun }: ApplyFlow, plan: Plan): Promise<Undo> {
  if (onNack !== 'rollback' || dryRun) return undefined
  const targets = plan.documents.map(({ owner, base }) => ({ owner, generation: base.generation }))
  try {
    const back = await prepareRollback(database, targets, {
      masterKey: wanted.masterKey,
      choices: { allowance: { deletes: Infinity, empty: true, undoes: true }, switchEnvironment: true },
      resolve: async () => ({ problem: 'it is not sealed in the database' }),
      now: wanted.now,
    })
    // A server that starts from the document before must not be told that it is an old one.
    const owners = plan.documents.map(({ owner }) => owner)
    return { back, sequences: await recordedSequences(database.reader, owners) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { problem: error.message }
  }
}

/** Undoes generation `refused` and waits for the servers again. What the report says of it, with `message` before it. */
export async function undo(
  flow: ApplyFlow,
  prepared: Undo,
  { message, generation }: { message: string; generation: number },
): Promise<Pick<ApplyReport, 'error' | 'rolledBack'>> {
  const failed = (what: string): Pick<ApplyReport, 'error'> => ({ error: { kind: 'unconfirmed', message: what } })
  if (prepared === undefined) return failed(message)
  if ('problem' in prepared) return failed(`${message}; it could not be rolled back: ${prepared.problem}`)
  const { database, clock, waitForServersMs: timeoutMs } = flow
  flow.step(`rolling generation ${generation} back`)
  try {
    const wanted = { ...prepared.back.wanted, now: clock.now() }
    const planned = await planConfiguration(database, wanted)
    const newest = Math.max(...planned.plan.documents.map(({ base }) => base.generation))
    // What somebody else applied on top of it would go too.
    if (newest > generation) {
      return failed(`${message}; it was not rolled back: generation ${newest} was applied since`)
    }
    const committed = await applyPlan(database, wanted, planned, {
      audit: { ...flow.audit, note: `a server refused generation ${generation}` },
      operation: 'rollback',
      restores: prepared.back.restores,
      clock,
      lockTimeoutMs: flow.lockTimeoutMs,
      dryRun: false,
      onAudited: flow.onAudited,
      alongside: (tx) => restoreSequences(tx, prepared.sequences),
    })
    if (committed === undefined) return failed(`${message}; somebody else took it back already`)
    const rolledBack = { rolledBack: { generation: committed.generation } }
    const undone = `${message}; rolled back as generation ${committed.generation}`
    const rest = await waitForServers(database, committed.generation, { timeoutMs, clock }).catch(reasonOf)
    return { ...failed(typeof rest === 'string' ? `${undone}; ${rest}` : undone), ...rolledBack }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return failed(`${message}; it could not be rolled back: ${error.message}`)
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Unconfirmed) return error.message
  throw error
}
