// Durations as a document writes them: a whole number and a unit, `250ms`, `10s`, `5m`, `1h`, `30d`.

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
type Unit = keyof typeof UNITS

const DURATION = /^(\d{1,12})(ms|s|m|h|d)$/

/** Milliseconds, or undefined when `text` is not a duration (a unit is required, a sign or fraction is not taken). */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = DURATION.exec(text) ?? []
  if (digits === undefined || unit === undefined) return undefined
  const ms = Number(digits) * UNITS[unit as Unit]
  return Number.isSafeInteger(ms) ? ms : undefined
}

/** The shortest text that `parseDuration` reads back as `ms`, a whole number of milliseconds >= 0. */
export function formatDuration(ms: number): string {
  const unit: Unit = ms === 0 ? 's' : LARGEST_FIRST.find((candidate) => ms % UNITS[candidate] === 0)!
  return `${ms / UNITS[unit]}${unit}`
}

const LARGEST_FIRST: readonly Unit[] = ['d', 'h', 'm', 's', 'ms']

/** Orders two durations; what is not a duration counts as zero. */
export function compareDurations(a: string, b: string): number {
  return (parseDuration(a) ?? 0) - (parseDuration(b) ?? 0)
}
