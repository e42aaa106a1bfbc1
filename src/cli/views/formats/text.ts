import { renderDiagnostics } from '../diagnostics.ts'
import type { Style } from '../style.ts'
import type { Shown } from './shown.ts'

/** What a person reads: the findings, the result and why there is none, in the order of a terminal. */
export function renderText(shown: Shown, style: Style): string {
  return renderFindings(shown, style) + shown.text(style) + renderProblem(shown, style)
}

/** The diagnostics as code frames, without warnings when `quiet`. */
export function renderFindings({ diagnostics = [] }: Shown, style: Style, options: { quiet?: boolean } = {}): string {
  const kept = options.quiet === true ? diagnostics.filter(({ severity }) => severity === 'error') : diagnostics
  return renderDiagnostics(kept, style)
}

/** `error: ...`, or nothing. */
export function renderProblem({ problem }: Shown, style: Style): string {
  if (problem === undefined) return ''
  const word = { internal: 'internal error', interrupted: 'interrupted' }[problem.kind as string] ?? 'error'
  return `${style.red(word)}: ${problem.message}\n`
}
