import type { Diagnostic } from '../../common/diagnostics.ts'
import type { RuleLevels } from '../schema/rule-levels.ts'

/** The findings with the weight that the author gives them; the schema decides whose weight that is. */
export function levelled<D extends Pick<Diagnostic, 'id' | 'severity'>>(
  findings: readonly D[],
  levels: RuleLevels = {},
): D[] {
  return findings.flatMap((finding) => {
    const level = levels[finding.id]
    if (level === undefined) return [finding]
    return level === 'off' ? [] : [{ ...finding, severity: level === 'warn' ? 'warning' : 'error' }]
  })
}
