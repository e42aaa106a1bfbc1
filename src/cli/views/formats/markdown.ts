import type { Diagnostic } from '../../../common/diagnostics.ts'
import type { Change, Drift, FieldChange, Plan, SecretFieldChange } from '../../../reconcile/plan.ts'
import { summarise } from '../diagnostics.ts'
import { styleFor } from '../style.ts'
import { commandLine, type Shown } from './shown.ts'

/** GitHub refuses a step summary over 1 MiB, GitLab a note over 1 000 000 characters. */
const MAX_ROWS = 500

const SIGNS = { create: '+', update: '~', delete: '-' } as const

/**
 * For a step summary or a note on a merge request: a plan as a table, anything else as it is printed, and
 * the findings as a table. What comes from a document is inert: it cannot become markup, a link or a mention.
 */
export function renderMarkdown(shown: Shown): string {
  const { plan, problem, diagnostics = [] } = shown
  const parts = [
    `### ${commandLine(shown)}${plan === undefined ? '' : `: ${planned(plan)}`}`,
    ...(problem === undefined ? [] : [`**${problem.kind}**: ${code(problem.message)}`]),
    ...(plan === undefined ? printed(shown) : planParts(plan)),
    ...(diagnostics.length === 0 ? [] : [`**${summarise(diagnostics)}**`, diagnosticTable(diagnostics)]),
  ]
  return `${parts.join('\n\n')}\n`
}

function planned({ summary }: Plan): string {
  if (summary.create + summary.update + summary.delete === 0) return 'no changes'
  return `${summary.create} to create, ${summary.update} to update, ${summary.delete} to delete`
}

function planParts(plan: Plan): string[] {
  const { changes, drift, refusals, notDeclared, documents, sha256 } = plan
  const bases = documents.map(({ owner, base }) => `${code(owner)} (generation ${base.generation})`).join(', ')
  const alone = Object.entries(notDeclared).map(([kind, count]) => `${kind}: not declared, ${count} left alone`)
  return [
    bases,
    ...(changes.length === 0 ? [] : [table(['', 'Object', 'What changes', 'Declared at'], changes.map(changeRow))]),
    ...(drift.length === 0
      ? []
      : ['**Changed outside:**', table(['Object', 'What changed', 'By', 'Then apply'], drift.map(driftRow))]),
    ...(refusals.length === 0
      ? []
      : [['**Apply will refuse this:**', ...refusals.map((refusal) => `- ${code(refusal)}`)].join('\n')]),
    ...(alone.length === 0 ? [] : [alone.join('; ')]),
    `<sub>sha256: ${code(sha256)}</sub>`,
  ]
}

function changeRow({ action, address, origin, fields, consequences }: Change): string[] {
  const what = [
    ...(action === 'update' ? fields.map(fieldText) : []),
    ...consequences.map((consequence) => `:warning: ${code(consequence)}`),
  ]
  return [
    code(SIGNS[action]),
    code(address),
    what.join('<br>'),
    origin === null ? '' : code(`${origin.file}:${origin.line}`),
  ]
}

function driftRow({ address, fields, gone, kept, changedBy, changedAt }: Drift): string[] {
  const who = [changedBy, changedAt].filter((known) => known !== null)
  return [
    code(address),
    gone ? 'deleted' : fields.map(fieldText).join('<br>'),
    who.length === 0 ? '' : code(who.join(', ')),
    kept ? 'keeps it' : 'puts it back',
  ]
}

function fieldText(field: FieldChange): string {
  const [before, after] = isSecret(field)
    ? [field.before?.fingerprint, field.after?.fingerprint].map((print) => (print === undefined ? undefined : print))
    : [field.before, field.after].map((value) => (value === undefined ? undefined : JSON.stringify(value)))
  const name = `${code(field.path === '' ? 'value' : field.path)}${isSecret(field) ? ' fingerprint' : ''}`
  if (before === undefined) return `+ ${name} ${code(after ?? '')}`
  if (after === undefined) return `- ${name} ${code(before)}`
  return before === after ? `${name} ${code(after)}, elsewhere` : `${name} ${code(before)} -> ${code(after)}`
}

function isSecret(field: FieldChange): field is SecretFieldChange {
  return 'sensitive' in field
}

function diagnosticTable(diagnostics: readonly Diagnostic[]): string {
  return table(
    ['', 'Rule', 'Problem', 'Place'],
    diagnostics.map(({ id, severity, message, label, position }) => [
      severity === 'error' ? ':x:' : ':warning:',
      code(id),
      code(label === undefined ? message : `${message}: ${label}`),
      position === undefined ? '' : code(`${position.file}:${position.line}:${position.column}`),
    ]),
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const more = rows.length - MAX_ROWS
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.slice(0, MAX_ROWS).map(line),
    ...(more > 0 ? [`\n... and ${more} more; the text format has them all.`] : []),
  ].join('\n')
}

/** What the command prints, in a fence that nothing in it can close. */
function printed(shown: Shown): string[] {
  const text = shown.text(styleFor(false)).trimEnd()
  if (text === '') return []
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)))
  return [`${fence}\n${text}\n${fence}`]
}

/**
 * Any text as code. Whatever could mean something to Markdown, HTML, a table or an autolink is written as a
 * character reference, which is text wherever it stands; `<code>` keeps `@name` and `#1` from becoming links.
 */
function code(text: string): string {
  const inert = text.replaceAll(/[^A-Za-z0-9 .,=+/_-]|\/\/|www\.|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, (found) =>
    Array.from(found, (character) => `&#${character.codePointAt(0)};`).join(''),
  )
  return `<code>${inert}</code>`
}
