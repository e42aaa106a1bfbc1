import type { Diagnostic } from '../../common/diagnostics.ts'
import type { Finding } from './finding.ts'

/**
 * What is wrong, for formats that show problems at lines of a merge request. Those of a document have a
 * position; the others say where in their help. Pure.
 */
export function asDiagnostics(findings: readonly Finding[]): Diagnostic[] {
  return findings.flatMap(({ status, id, subject, message, advice }) => {
    if (status === 'ok' || status === 'skipped') return []
    const severity = status === 'failed' ? ('error' as const) : ('warning' as const)
    const diagnostic = { id: `doctor/${id}`, severity, message: `${subject}: ${message}`, path: subject }
    if (advice === null) return [diagnostic]
    const [, file, line] = /^(.+\.ya?ml):(\d+)$/.exec(advice.where) ?? []
    if (file === undefined) return [{ ...diagnostic, help: [advice.what, `where: ${advice.where}`] }]
    return [{ ...diagnostic, position: { file, line: Number(line), column: 1, length: 1 }, help: [advice.what] }]
  })
}
