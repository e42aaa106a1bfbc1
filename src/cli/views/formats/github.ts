import { createHash } from 'node:crypto'
import type { Diagnostic } from '../../../common/diagnostics.ts'
import type { Style } from '../style.ts'
import { commandLine, unexplainedProblem, type Shown } from './shown.ts'
import { renderText } from './text.ts'

/**
 * Workflow commands that GitHub Actions shows at the lines of a pull request, then what a person reads. The
 * latter is shielded, because a line of it that looks like a workflow command would be carried out.
 */
export function renderGithub(shown: Shown, style: Style): string {
  const problem = unexplainedProblem(shown)
  const annotations = [
    ...(shown.diagnostics ?? []).map(annotation),
    ...(problem === undefined ? [] : [command('error', { title: commandLine(shown) }, problem.message)]),
  ]
  return annotations.map((line) => `${line}\n`).join('') + shielded(renderText(shown, style))
}

function annotation({ id, severity, message, position, label, help = [] }: Diagnostic): string {
  const place =
    position === undefined
      ? {}
      : {
          file: position.file,
          line: position.line,
          col: position.column,
          endColumn: position.column + position.length,
        }
  const text = [message, ...(label === undefined ? [] : [label]), ...help].join('\n')
  return command(severity, { ...place, title: id }, text)
}

function command(name: 'error' | 'warning', properties: Record<string, string | number>, message: string): string {
  const shown = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
  return `::${name} ${shown.join(',')}::${escapeData(message)}`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** A text cannot contain its own digest, so it cannot end the shield. */
function shielded(text: string): string {
  if (text === '') return ''
  const token = `bode-${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
  return `::stop-commands::${token}\n${text}::${token}::\n`
}
