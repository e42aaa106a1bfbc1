import type { Provider } from './support/databases.ts'

/** One line of the table: what was measured, beside what, and what was promised. */
export type Figure = {
  /** Of the promise: `P1`. */
  id: string
  name: string
  /** Absent: no database takes part. */
  database?: Provider
  unit: 'ms' | 'MB' | '/s' | 'count'
  /** What each run measured. */
  runs: readonly number[]
  /** What the same machine needed for something else, in the same runs. Absent: the target is absolute. */
  baseline?: { name: string; runs: readonly number[] }
  /** Of the ratio to the baseline, or of the measured itself. Absent: it is told, nothing is promised. */
  target?: { atMost: number } | { atLeast: number }
  /** Which of the runs counts; the median unless told otherwise. */
  counts?: Counts
}
/** `least`: whatever else the machine does only adds. `most`: the promise is about the worst. */
export type Counts = 'median' | 'least' | 'most'
export type Verdict = 'met' | 'MISSED' | 'told'

/** The run that counts. NaN without runs. */
export function measuredOf({ runs, counts }: Figure): number {
  return choose(runs, counts)
}

export function baselineOf({ baseline, counts }: Figure): number | undefined {
  return baseline === undefined ? undefined : choose(baseline.runs, counts)
}

/**
 * Measured to baseline. With as many runs of both the median is that of the ratios of each pair: the two met the same
 * moment of the machine.
 */
export function ratioOf(figure: Figure): number | undefined {
  const { runs, baseline, counts = 'median' } = figure
  if (baseline === undefined) return undefined
  const paired = counts === 'median' && baseline.runs.length === runs.length
  if (!paired) return measuredOf(figure) / choose(baseline.runs, counts)
  return choose(
    runs.map((run, index) => run / (baseline.runs[index] ?? NaN)),
    counts,
  )
}

/** Whether the figure keeps its promise. What is no number keeps none. */
export function verdictOf(figure: Figure): Verdict {
  const { target } = figure
  if (target === undefined) return 'told'
  const value = ratioOf(figure) ?? measuredOf(figure)
  const met = 'atMost' in target ? value <= target.atMost : value >= target.atLeast
  return met ? 'met' : 'MISSED'
}

/** The figures as a table for a terminal and for Markdown alike. */
export function renderFigures(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [figure.id, nameOf(figure), ...cellsOf(figure)])
  const head = ['', 'what', 'measured', 'baseline', 'ratio', 'target', 'verdict']
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const isText = (column: number): boolean => column < 2
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell[isText(column) ? 'padEnd' : 'padStart'](widths[column] ?? 0)).join(' | ')} |\n`
  const rule = widths.map((width, column) => (isText(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [head, rule, ...rows].map(line).join('')
}

/** The figures as data, with every run. */
export function figuresAsData(figures: readonly Figure[]): Record<string, unknown>[] {
  return figures.map((figure) => ({
    ...figure,
    measured: measuredOf(figure),
    ratio: ratioOf(figure),
    verdict: verdictOf(figure),
  }))
}

function nameOf({ name, database }: Figure): string {
  return database === undefined ? name : `${name}, ${database}`
}

function cellsOf(figure: Figure): string[] {
  const { unit, baseline, target } = figure
  const [ratio, beside] = [ratioOf(figure), baselineOf(figure)]
  const limit = target === undefined ? 0 : 'atMost' in target ? target.atMost : target.atLeast
  const sign = target === undefined ? '' : 'atMost' in target ? '≤ ' : '≥ '
  return [
    shown(measuredOf(figure), unit),
    baseline === undefined || beside === undefined ? '' : `${baseline.name} ${shown(beside, unit)}`,
    ratio === undefined ? '' : `${ratio.toFixed(2)} ×`,
    target === undefined ? '' : `${sign}${ratio === undefined ? shown(limit, unit) : `${limit} ×`}`,
    verdictOf(figure),
  ]
}

function choose(values: readonly number[], counts: Counts = 'median'): number {
  const sorted = values.toSorted((a, b) => a - b)
  const index = { least: 0, median: sorted.length >> 1, most: sorted.length - 1 }[counts]
  return sorted[index] ?? NaN
}

function shown(value: number, unit: Figure['unit']): string {
  const digits = unit === 'ms' && value < 10 ? 1 : 0
  return `${value.toFixed(digits)}${unit === 'count' ? '' : unit === '/s' ? unit : ` ${unit}`}`
}
