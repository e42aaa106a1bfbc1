import { systemClock } from '../../common/clock.ts'
import type { Diagnostic } from '../../common/diagnostics.ts'
import { hasErrors } from '../../common/diagnostics.ts'
import type { Configuration } from '../../config/read-configuration.ts'
import { resolveSecrets } from '../../config/resolve.ts'
import type { Invocation } from '../command.ts'
import { configurationOf } from '../document.ts'
import { resolutionFindings } from './checks/secrets.ts'
import { documentSubjects } from './document-subjects.ts'
import { reporter, type Finding } from './finding.ts'
import type { Subjects } from './subjects.ts'

/** Reads the document, and every secret that can be resolved. No subjects when it has errors. */
export async function examineDocument(
  invocation: Invocation,
): Promise<{ findings: Finding[]; subjects: Subjects | undefined }> {
  const { environment, io } = invocation
  const configuration = await configurationOf(invocation)
  const findings = documentFindings(configuration)
  if (hasErrors(configuration.diagnostics)) return { findings, subjects: undefined }
  const { states } = configuration
  const { secrets, diagnostics } = await resolveSecrets(states, { environment, cwd: io.cwd, now: systemClock.now() })
  const count = states.flatMap(({ objects }) => objects.flatMap((object) => object.secrets)).length
  return {
    findings: [...findings, ...resolutionFindings(diagnostics, count)],
    subjects: documentSubjects(states, secrets),
  }
}

function documentFindings({ states, diagnostics }: Configuration): Finding[] {
  const names = states.map(({ owner }) => owner).join(', ')
  const problems = diagnostics.map((diagnostic) => problem(diagnostic))
  if (hasErrors(diagnostics)) return problems
  return [reporter('document', names).ok('valid', 'it is valid'), ...problems]
}

function problem({ id, severity, message, path, position, label, help = [] }: Diagnostic): Finding {
  const where = position === undefined ? 'the document' : `${position.file}:${position.line}`
  const report = reporter('document', path === undefined || path === '' ? where : path)
  const what = label ?? help[0] ?? 'see bode validate'
  const remark = { id: id.replaceAll('/', '-'), message, advice: { what, where }, side: 'document' as const }
  return severity === 'error' ? report.failed(remark) : report.warning(remark)
}
