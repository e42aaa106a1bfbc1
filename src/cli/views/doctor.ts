import { CHECKS, type Finding } from '../doctor/finding.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'

/** Longer than any message is meant to be. */
const MAX_TEXT = 600

/**
 * Findings for people, by check. Each line has a sign and a word, so that it can be read without colour and
 * heard from a screen reader; what is wrong says what to change and where.
 *
 *     clients
 *       ✓ ok       clientCredentials.open-zaak: it may use notificaties.publiceren
 *       ✗ failed   clientCredentials.zac: the Autorisaties API has no applicatie with Client ID "zac"
 *                    change: make an applicatie with Client ID "zac" ...
 *                    where:  Open Zaak admin > API Autorisaties > Applicaties
 */
export function renderFindings(findings: readonly Finding[], style: Style): string {
  const groups = CHECKS.flatMap((check) => {
    const found = findings.filter((finding) => finding.check === check)
    return found.length === 0 ? [] : [[style.bold(check), ...found.flatMap((finding) => lines(finding, style)), '']]
  })
  return `${[...groups.flat(), `${summary(findings)}.`].join('\n')}\n`
}

const SIGNS = { ok: '✓', warning: '!', failed: '✗', skipped: '-' } as const

function lines({ status, subject, message, advice }: Finding, style: Style): string[] {
  const paint = { ok: style.green, warning: style.yellow, failed: style.red, skipped: style.dim }[status]
  const title = `  ${paint(`${SIGNS[status]} ${status.padEnd(8)}`)} ${printable(`${subject}: ${message}`, MAX_TEXT)}`
  if (advice === null) return [title]
  const indent = ' '.repeat(15)
  return [
    title,
    `${indent}change: ${printable(advice.what, MAX_TEXT)}`,
    `${indent}where:  ${printable(advice.where, MAX_TEXT)}`,
  ]
}

function summary(findings: readonly Finding[]): string {
  const count = (status: Finding['status']): number => findings.filter((finding) => finding.status === status).length
  const warnings = count('warning')
  return `${count('ok')} ok, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${count('failed')} failed, ${count('skipped')} skipped`
}
