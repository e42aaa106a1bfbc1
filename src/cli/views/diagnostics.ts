import type { Diagnostic, FrameLine } from '../../common/diagnostics.ts'
import type { Style } from './style.ts'

/**
 * Diagnostics as a good compiler shows them: id and message, file:line:column, the lines with a caret
 * and what to do. Errors and warnings in the order given, then a summary. Empty for none.
 *
 *     error[schema/unknown-key]: unknown key "secretes"
 *       --> bode.yaml:31:5 (clientCredentials.open-zaak.secretes)
 *        |
 *     30 |   open-zaak:
 *     31 |     secretes: { env: OPEN_ZAAK_SECRET }
 *        |     ^^^^^^^^ did you mean "secret"?
 *        = allowed here: secret, previousSecret, authorizedBy, scopes
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], style: Style): string {
  if (diagnostics.length === 0) return ''
  return [...diagnostics.map((diagnostic) => renderOne(diagnostic, style)), `${summarise(diagnostics)}\n`].join('\n')
}

/** `2 errors, 1 warning in 1 file`, `no errors`. */
export function summarise(diagnostics: readonly Diagnostic[]): string {
  const files = new Set(diagnostics.flatMap(({ position }) => (position === undefined ? [] : [position.file]))).size
  return countFindings(diagnostics) + (files === 0 ? '' : ` in ${counted(files, 'file')}`)
}

/** `2 errors, 1 warning`, `no errors`. */
export function countFindings(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Diagnostic['severity']): number =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length
  const counts = [counted(count('error'), 'error'), counted(count('warning'), 'warning')].filter((text) => text !== '')
  return counts.length === 0 ? 'no errors' : counts.join(', ')
}

function counted(count: number, word: string): string {
  return count === 0 ? '' : `${count} ${word}${count === 1 ? '' : 's'}`
}

function renderOne(
  { id, severity, message, position, path, label, help = [], frame = [] }: Diagnostic,
  style: Style,
): string {
  const colour = severity === 'error' ? style.red : style.yellow
  const width = String(position?.line ?? '').length
  const gutter = ' '.repeat(width)
  const lines = [`${colour(style.bold(`${severity}[${id}]`))}${style.bold(`: ${message}`)}`]
  if (position !== undefined) {
    const address = path === undefined || path === '' ? '' : ` (${path})`
    lines.push(`${gutter}${style.dim('-->')} ${position.file}:${position.line}:${position.column}${style.dim(address)}`)
  }
  if (frame.length > 0) {
    lines.push(`${gutter} ${style.dim('|')}`)
    for (const line of frame) lines.push(...renderFrameLine(line, width, label, colour, style))
  } else if (label !== undefined) lines.push(`${gutter} ${style.dim('=')} ${label}`)
  for (const text of help) lines.push(`${gutter} ${style.dim('=')} ${text}`)
  return `${lines.join('\n')}\n`
}

function renderFrameLine(
  { line, text, caret }: FrameLine,
  width: number,
  label: string | undefined,
  colour: Style['red'],
  style: Style,
): string[] {
  const bar = style.dim('|')
  const shown = `${style.dim(String(line).padStart(width))} ${bar} ${text}`.trimEnd()
  if (caret === undefined) return [shown]
  const mark = colour('^'.repeat(caret.length) + (label === undefined ? '' : ` ${label}`))
  return [shown, `${' '.repeat(width)} ${bar} ${' '.repeat(caret.column - 1)}${mark}`]
}
