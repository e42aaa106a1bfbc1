import { systemClock } from '../common/clock.ts'
import type { Diagnostic } from '../common/diagnostics.ts'
import { asks } from './approval.ts'
import type { Invocation, Outcome } from './command.ts'
import { EXIT } from './exit-codes.ts'
import { renderApply, type ApplyReport } from './views/apply.ts'

/** What an apply or a rollback tells: the report, and why it was refused or not confirmed. */
export function applyOutcome(
  report: ApplyReport,
  warnings: readonly Diagnostic[],
  invocation: Invocation,
): Outcome & { diagnostics: Diagnostic[] } {
  const problem = report.error
  const shown = { planWasShown: asks(report.plan, invocation), now: systemClock.now() }
  const failures: Diagnostic[] =
    problem === undefined ? [] : [{ id: `apply/${problem.kind}`, severity: 'error', message: problem.message }]
  return {
    exit: problem === undefined ? EXIT.ok : EXIT[problem.kind],
    text: (style) => renderApply(report, style, shown),
    json: report,
    plan: report.plan,
    diagnostics: [...warnings, ...failures],
  }
}
