import type { Diagnostic } from '../../common/diagnostics.ts'
import type { Plan } from '../../reconcile/plan.ts'
import type { Invocation } from '../command.ts'
import { makeRequest } from './request.ts'
import { serverOf } from './server.ts'

export type PlanAnswer = { plan: Plan; warnings: Diagnostic[] }

/** Lets the server of `--server` make the plan. Throws the Failure that planning here would throw. */
export async function planThere(invocation: Invocation): Promise<PlanAnswer> {
  const server = serverOf(invocation)
  const request = await makeRequest(invocation, { lockTimeoutMs: 0, waitForServersMs: 0 })
  invocation.progress.step('letting the server compare with its database')
  return (await server.post('/plan', request, 0)) as PlanAnswer
}
