const UNITS: readonly [unit: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
]

/** A duration in ms as a document spells it, exactly: `90s`, `5m`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  const [unit, size] = UNITS.find(([, each]) => ms % each === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}
