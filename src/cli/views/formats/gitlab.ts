import { createHash } from 'node:crypto'
import type { Diagnostic } from '../../../common/diagnostics.ts'
import { commandLine, unexplainedProblem, type Shown } from './shown.ts'

/** An entry of a Code Quality report. GitLab drops one without a path. */
type Finding = {
  description: string
  check_name: string
  fingerprint: string
  severity: 'info' | 'minor' | 'major' | 'critical' | 'blocker'
  location: { path: string; lines: { begin: number } }
}

/** Where a finding is shown that has no place of its own. */
const DEFAULT_PATH = 'bode.yaml'

/**
 * What GitLab shows in a merge request: of a plan the counts (`artifacts: reports: terraform`), of
 * everything else its findings (`artifacts: reports: codequality`).
 */
export function renderGitlab(shown: Shown): string {
  const { plan } = shown
  const report =
    plan === undefined
      ? findings(shown)
      : { create: plan.summary.create, update: plan.summary.update, delete: plan.summary.delete }
  return `${JSON.stringify(report, null, 2)}\n`
}

function findings(shown: Shown): Finding[] {
  const seen = new Map<string, number>()
  const problem = unexplainedProblem(shown)
  const diagnostics = shown.diagnostics ?? []
  const elsewhere = diagnostics.find(({ position }) => position !== undefined)?.position?.file ?? DEFAULT_PATH
  const all = problem === undefined ? diagnostics : [...diagnostics, asDiagnostic(shown, problem.message)]
  return all.map((diagnostic) => finding(diagnostic, elsewhere, seen))
}

function asDiagnostic(shown: Shown, message: string): Diagnostic {
  return { id: commandLine(shown).replaceAll(' ', '/'), severity: 'error', message }
}

function finding(diagnostic: Diagnostic, elsewhere: string, seen: Map<string, number>): Finding {
  const { id, severity, message, label, position } = diagnostic
  return {
    description: label === undefined ? message : `${message}: ${label}`,
    check_name: id,
    fingerprint: fingerprint(diagnostic, seen),
    severity: severity === 'error' ? 'critical' : 'minor',
    location: { path: position?.file ?? elsewhere, lines: { begin: position?.line ?? 1 } },
  }
}

/**
 * The same for the same problem in the next commit, so that GitLab can tell what is new: made of the rule,
 * the file and the address in the document, and not of the line, which moves. Equal ones are numbered.
 */
function fingerprint({ id, message, path, position }: Diagnostic, seen: Map<string, number>): string {
  const identity = [id, position?.file ?? '', path === undefined || path === '' ? message : path].join('\n')
  const number = seen.get(identity) ?? 0
  seen.set(identity, number + 1)
  return createHash('sha256').update(`${identity}\n${number}`).digest('hex')
}
