import type { AuditRow } from '../../db/read-audit.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'
import { moment } from './time.ts'

/** A line for each entry, with its details below it. */
export function renderAudit(rows: readonly AuditRow[], style: Style): string {
  if (rows.length === 0) return 'There is no such entry.\n'
  const lines = table(
    rows.map(({ at, actor, action, subject, result }) => [
      moment(at),
      printable(actor),
      printable(action),
      printable(subject),
      printable(result),
    ]),
  )
  return rows
    .flatMap(({ detail }, index) => [
      lines[index] ?? '',
      ...(Object.keys(detail).length === 0 ? [] : [style.dim(`    ${printable(JSON.stringify(detail), 500)}`)]),
    ])
    .map((line) => `${line}\n`)
    .join('')
}

/** One entry for programs. Members may be added; none is removed or changes its meaning. */
export function auditJson({ at, ...row }: AuditRow): object {
  return { ...row, at: new Date(at).toISOString() }
}
