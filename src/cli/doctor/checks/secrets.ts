import type { Diagnostic } from '../../../common/diagnostics.ts'
import { reporter, type Finding } from '../finding.ts'
import { day } from '../explain-failure.ts'
import type { AnySubject, Subjects } from '../subjects.ts'

const HOUR_MS = 3_600_000
const SOON_MS = 7 * 24 * HOUR_MS

/** References that could not be resolved, and what is weak about those that could. */
export function resolutionFindings(diagnostics: readonly Diagnostic[], count: number): Finding[] {
  const problems = diagnostics.map(({ severity, id, message, path = '', position, help = [] }) => {
    const where = position === undefined ? 'the document' : `${position.file}:${position.line}`
    const report = reporter('secrets', path)
    const what = help[0] ?? (severity === 'error' ? 'set it where bode runs, or correct the reference' : message)
    const remark = { id: id.replace(/^secret\//, ''), message, advice: { what, where }, side: 'secret' as const }
    return severity === 'error' ? report.failed(remark) : report.warning(remark)
  })
  const failed = diagnostics.filter(({ severity }) => severity === 'error').length
  if (count === 0) return [reporter('secrets', 'the document').skipped('none', 'it refers to no secret')]
  return failed > 0
    ? problems
    : [reporter('secrets', 'the document').ok('resolvable', `all ${count} secrets can be resolved`), ...problems]
}

/** Previous secrets that end soon, or have. */
export function rotationFindings({ clientCredentials, externalCredentials, abonnementen }: Subjects, now: number) {
  return [...clientCredentials, ...externalCredentials, ...abonnementen].flatMap((subject) => rotation(subject, now))
}

function rotation(subject: AnySubject, now: number): Finding[] {
  const report = reporter('secrets', subject.address)
  return subject.secrets.flatMap(({ slot, expiresAt, lastUsedAt }) => {
    if (expiresAt === null) return []
    const where = subject.place(slot === 'previous' ? 'previousSecret' : 'secret')
    if (expiresAt <= now) {
      const message = `its ${slot} secret ended on ${day(expiresAt)}`
      const advice = { what: 'take it out of the document', where }
      return [report.warning({ id: 'ended', message, advice, side: 'secret' })]
    }
    if (expiresAt - now > SOON_MS) return [report.ok('rotating', `its ${slot} secret is valid until ${day(expiresAt)}`)]
    const used = lastUsedAt !== null && lastUsedAt > now - 24 * HOUR_MS
    const message = `its ${slot} secret ends on ${day(expiresAt)}${used ? ', and was used in the last 24 hours' : ''}`
    const what = used
      ? 'give the client the current secret before then, or move expiresAt'
      : 'nothing, when the client has the current secret'
    return [
      report.warning({
        id: 'ends-soon',
        message,
        advice: { what, where: used ? `the client, or ${where}` : where },
        side: 'secret',
      }),
    ]
  })
}
