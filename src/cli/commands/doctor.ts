import { closest } from '../../common/closest.ts'
import { Failure } from '../../common/failure.ts'
import type { Command, Flags, Invocation, Outcome } from '../command.ts'
import { asDiagnostics } from '../doctor/as-diagnostics.ts'
import { CHECKS, reporter, type CheckName, type Finding } from '../doctor/finding.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { demandNoArguments, durationFlag } from '../flag-values.ts'
import { DATABASE_OPTIONS, FILE_OPTIONS } from '../shared-options.ts'
import { renderFindings } from '../views/doctor.ts'

const CHECK_TIMEOUT_MS = 10_000

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Check everything that a configuration relies on, in both directions; changes nothing',
  usage: '[--file PATH]... [--only CHECK]... [options]',
  examples: ['bode doctor', 'bode doctor -f bode.yaml', 'bode doctor --only autorisaties --only clients --format json'],
  options: {
    ...FILE_OPTIONS,
    file: {
      ...FILE_OPTIONS.file,
      help: 'check this document, before it is applied; else what the database holds; repeatable',
    },
    ...DATABASE_OPTIONS,
    only: { type: 'string', multiple: true, value: 'CHECK', help: `${CHECKS.join(', ')}; repeatable (default: all)` },
    'check-timeout': {
      type: 'string',
      value: 'DURATION',
      help: 'how long each check may wait for another system (default: 10s)',
    },
  },
  run: (invocation) => doctor(invocation),
}

/**
 * Exits 3 when the document has to change, else 4 when a secret has to, else 8 when the database or another
 * system has to, else 0: warnings fail nothing. What is nearest comes first, since it may cause the rest.
 */
async function doctor(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { flags, progress } = invocation
  const chosen = flags.texts('only').map((name) => demandCheck(name))
  const wanted = (check: CheckName): boolean => chosen.length === 0 || chosen.includes(check)
  if (flags.text('env') !== undefined && flags.texts('file').length === 0) {
    throw new Failure('usage', '--env chooses an overlay of a document; name the document with --file')
  }
  const timeoutMs = durationFlag(flags, 'check-timeout', CHECK_TIMEOUT_MS)
  const { consult } = await import('../doctor/consult.ts')
  const found = await consult(invocation, {
    wanted,
    timeoutMs,
    onStart: ({ check, subject }) => progress.step(`checking ${check}: ${subject}`),
  })
  const findings = CHECKS.flatMap((check) => ofCheck(check, found, wanted(check)))
  return {
    exit: exitOf(findings),
    text: (style) => renderFindings(findings, style),
    json: { healthy: exitOf(findings) === EXIT.ok, checks: findings },
    // The text says it all already; the other formats show it at the lines of the document.
    ...(annotates(flags) ? { diagnostics: asDiagnostics(findings) } : {}),
  }
}

/** Silence is never health: a check that found nothing says that there was nothing for it. */
function ofCheck(check: CheckName, findings: readonly Finding[], isWanted: boolean): Finding[] {
  const found = findings.filter((each) => each.check === check)
  return found.length > 0 || !isWanted
    ? found
    : [reporter(check, check).skipped('nothing', 'there is nothing to check')]
}

function annotates(flags: Flags): boolean {
  const reports = flags.texts('report').map((text) => text.slice(text.lastIndexOf('=') + 1))
  return [flags.text('format'), ...reports].some((format) => ['github', 'gitlab', 'sarif'].includes(format ?? ''))
}

function demandCheck(name: string): CheckName {
  const found = CHECKS.find((check) => check === name)
  if (found !== undefined) return found
  const suggestion = closest(name, CHECKS)
  const hint = suggestion === undefined ? `there is ${CHECKS.join(', ')}` : `did you mean "${suggestion}"?`
  throw new Failure('usage', `there is no check "${name}"; ${hint}`)
}

const EXITS = [
  ['document', EXIT.invalid],
  ['secret', EXIT.secret],
  ['remote', EXIT.unreachable],
] as const

function exitOf(findings: readonly Finding[]): ExitCode {
  const failed = new Set(findings.filter(({ status }) => status === 'failed').map(({ side }) => side))
  return EXITS.find(([side]) => failed.has(side))?.[1] ?? EXIT.ok
}
