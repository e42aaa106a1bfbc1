import type { ImportDone } from '../convert/import.ts'
import type { Style } from './style.ts'

export type ConversionReport = {
  file: string
  secrets: { name: string; usedBy: string[]; known: boolean }[]
  secretFiles: string[]
  imported: ImportDone | null
}

/** What was written where, and what is still to be done. */
export function renderConversion({ file, secrets, secretFiles, imported }: ConversionReport, style: Style): string {
  const lines = [`${style.green('Wrote')} ${file}.`]
  if (secretFiles.length > 0)
    lines.push(`Wrote ${counted(secretFiles.length, 'file')} with secrets, for you alone: ${secretFiles.join(', ')}.`)
  if (imported !== null) lines.push(...importLines(imported))
  const open = secrets.filter(({ known }) => !known || secretFiles.length === 0)
  if (open.length > 0) {
    lines.push('', 'Provide these environment variables (or NAME_FILE) where bode apply runs:')
    lines.push(...open.map(({ name, usedBy }) => `  ${name}  ${style.dim(usedBy.join(', '))}`))
  }
  lines.push('', `Next: read the comments in ${file}, then bode validate -f ${file} and bode plan -f ${file}`)
  return lines.map((line) => `${line}\n`).join('')
}

/** What an import did, for people; also stands at the top of the document. */
export function importLines({ database, abonnementen, kanalen, gone, ...report }: ImportDone): string[] {
  const { created, updated, unchanged } = report
  const what = `${counted(abonnementen, 'abonnement')} of API clients${kanalen === 0 ? '' : ` and ${kanalen} kanalen`}`
  return [
    `Imported ${what} into ${database}: ${created} created, ${updated} updated, ${unchanged} unchanged.`,
    ...gone.map((id) => `No longer in Open Notificaties, still in Bode: abonnement ${id}.`),
  ]
}

function counted(count: number, word: string): string {
  if (count === 1) return `1 ${word}`
  return `${count} ${word === 'abonnement' ? 'abonnementen' : `${word}s`}`
}
