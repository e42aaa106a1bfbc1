/** One line of a bench: what was measured, and what was promised. */
export type Figure = {
  name: string
  measured: number
  unit: 'ms' | 'MB' | 'count'
  /** What the same machine needed for the baseline, in the same run. Absent: the target is absolute. */
  baseline?: number
  /** At most this ratio to the baseline, or this much of the unit. */
  target: number
}

/** True when the figure keeps its promise. */
export function isMet(figure: Figure): boolean {
  return compared(figure) <= figure.target
}

/** The figures as a table for a terminal and for Markdown alike. */
export function renderFigures(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    shown(figure.measured, figure.unit),
    figure.baseline === undefined ? '' : shown(figure.baseline, figure.unit),
    figure.baseline === undefined ? '' : `${compared(figure).toFixed(2)} ×`,
    `≤ ${figure.baseline === undefined ? shown(figure.target, figure.unit) : `${figure.target} ×`}`,
    isMet(figure) ? 'yes' : 'NO',
  ])
  const head = ['figure', 'measured', 'baseline', 'ratio', 'target', 'ok']
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |\n`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [head, rule, ...rows].map(line).join('')
}

function compared({ measured, baseline }: Figure): number {
  return baseline === undefined ? measured : measured / baseline
}

function shown(value: number, unit: Figure['unit']): string {
  return unit === 'count' ? String(value) : `${value.toFixed(0)} ${unit}`
}
