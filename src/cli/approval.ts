import { systemClock } from '../common/clock.ts'
import type { Plan } from '../reconcile/plan.ts'
import type { Invocation } from './command.ts'
import { documentPaths } from './document.ts'

/** Asks whether a plan that has changes may be carried out. Why not, in words; undefined: go on. */
export async function askApproval(plan: Plan, invocation: Invocation): Promise<string | undefined> {
  const { flags, io, style, progress } = invocation
  if (flags.on('auto-approve') || flags.on('dry-run')) return undefined
  if (!mayAsk(invocation)) return 'nobody can be asked for approval here; use --auto-approve'
  const [{ confirm }, { renderPlan }] = await Promise.all([import('./confirm.ts'), import('./views/plan.ts')])
  progress.clear()
  io.stderr.write(renderPlan(plan, style, systemClock.now()))
  return (await confirm(io, question(plan))) ? undefined : 'not approved'
}

/** Names the environment, so that nobody takes one for another. */
function question({ documents }: Plan): string {
  const environments = [...new Set(documents.flatMap(({ environment }) => environment ?? []))]
  return `Apply this plan${environments.length === 0 ? '' : ` to ${environments.join(', ')}`}? (yes/no) `
}

/** True when the plan is shown on the terminal with a question below it. */
export function asks(plan: Plan, invocation: Invocation): boolean {
  return mayAsk(invocation) && plan.changes.length > 0 && plan.refusals.length === 0
}

function mayAsk(invocation: Invocation): boolean {
  const { flags, io } = invocation
  const noQuestion = flags.on('auto-approve') || flags.on('dry-run') || flags.on('no-input')
  return io.interactive && !noQuestion && !documentPaths(invocation).includes('-')
}
