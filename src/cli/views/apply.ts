import type { LiveServer } from '../../db/live-servers.ts'
import type { Plan } from '../../reconcile/plan.ts'
import { renderPlan } from './plan.ts'
import type { Style } from './style.ts'

/** How an apply ended; `bode apply --format json` prints it. */
export type ApplyReport = {
  status: 'unchanged' | 'applied' | 'dry-run' | 'refused' | 'unconfirmed'
  /** The generation that was made, or would have been; null when none. */
  generation: number | null
  /** How long others could not write; null when nothing was written. */
  lockHeldMs: number | null
  /** The servers that confirmed the generation; null when nobody waited for them, or in vain. */
  servers: LiveServer[] | null
  plan: Plan
  /** The generation that undid it, because a server refused it. */
  rolledBack?: { generation: number }
  /** Why it was refused, or not confirmed. */
  error?: { kind: 'refused' | 'unconfirmed'; message: string }
}

/** The plan, unless it was on the screen already for the question, and what became of it. */
export function renderApply(
  report: ApplyReport,
  style: Style,
  options: { planWasShown: boolean; now?: number },
): string {
  const plan = options.planWasShown ? '' : renderPlan(report.plan, style, options.now)
  return (
    plan +
    resultLines(report, style)
      .map((line) => `${line}\n`)
      .join('')
  )
}

function resultLines(report: ApplyReport, style: Style): string[] {
  const { status, generation, plan } = report
  if (status === 'refused') return [style.red('Nothing was changed.')]
  if (status === 'dry-run') return [style.yellow(`Dry run: generation ${generation} was written and rolled back.`)]
  if (status === 'unchanged') {
    return plan.changes.length === 0 ? [] : ['Another apply did the same meanwhile: nothing was left to do.']
  }
  const { rolledBack } = report
  const undone =
    rolledBack && style.yellow(`Rolled back as generation ${rolledBack.generation}: nothing of it is left.`)
  return [
    applied(report, style),
    ...(undone ? [undone] : []),
    ...(report.servers === null ? [] : serverLines(report.servers)),
  ]
}

function applied({ plan, generation, lockHeldMs }: ApplyReport, style: Style): string {
  const { summary } = plan
  const counts = `${summary.create} created, ${summary.update} updated, ${summary.delete} deleted`
  const held = style.dim(`   locked for ${Math.round(lockHeldMs ?? 0)} ms`)
  return `${style.green(`Applied generation ${generation}`)}: ${counts}.${held}${undo(plan, style)}`
}

/** For one configuration that was applied before; of several each would be undone by itself. */
function undo({ documents }: Plan, style: Style): string {
  const [only, ...others] = documents
  if (only === undefined || others.length > 0 || only.base.generation === 0) return ''
  return style.dim(`   undo: bode rollback ${only.base.generation}`)
}

function serverLines(servers: readonly LiveServer[]): string[] {
  if (servers.length === 0) return ['No server is running.']
  return servers.map(({ host, pid, generation }) => `Server ${host} (pid ${pid}) runs on generation ${generation}.`)
}
