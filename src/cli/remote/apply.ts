import type { Diagnostic } from '../../common/diagnostics.ts'
import { hasChanges } from '../../reconcile/plan.ts'
import { askApproval } from '../approval.ts'
import type { Invocation } from '../command.ts'
import type { ApplyReport } from '../views/apply.ts'
import type { PlanAnswer } from './plan.ts'
import { makeRequest, type Times } from './request.ts'
import { serverOf } from './server.ts'

export type ApplyAnswer = { report: ApplyReport; warnings: Diagnostic[] }

/**
 * Lets the server of `--server` plan, asks here for approval, and lets it carry out that plan and no
 * other one. Throws the Failure that applying here would throw.
 */
export async function applyThere(invocation: Invocation, times: Times): Promise<ApplyAnswer> {
  const { flags, progress, interruption } = invocation
  const server = serverOf(invocation)
  const request = await makeRequest(invocation, times)
  const carryOut = async (planSha256?: string): Promise<ApplyAnswer> => {
    progress.step('letting the server apply the plan')
    const options = { ...request.options, ...(planSha256 === undefined ? {} : { planSha256 }) }
    const waitMs = times.lockTimeoutMs + times.waitForServersMs
    // What was sent is carried out, whatever happens here: an interruption waits for the answer.
    const answer = interruption.shield(() => server.post('/apply', { ...request, options }, waitMs))
    return (await answer) as ApplyAnswer
  }
  if (flags.on('auto-approve') || flags.on('dry-run')) return carryOut()
  progress.step('letting the server compare with its database')
  const { plan, warnings } = (await server.post('/plan', request, 0)) as PlanAnswer
  if (!hasChanges(plan)) return carryOut(plan.sha256)
  const refusal = plan.refusals.length > 0 ? plan.refusals.join('; ') : await askApproval(plan, invocation)
  if (refusal === undefined) return carryOut(plan.sha256)
  const nothing = { generation: null, lockHeldMs: null, servers: null, plan }
  return { report: { ...nothing, status: 'refused', error: { kind: 'refused', message: refusal } }, warnings }
}
