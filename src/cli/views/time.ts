const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** How long ago `then` was at `now` (both epoch ms), in its largest unit: `3 min ago`. */
export function ago(then: number, now: number): string {
  const ms = now - then
  const [unit, length] = UNITS.find(([, size]) => ms >= size) ?? ['s', 1_000]
  return ms < 1_000 ? 'just now' : `${Math.floor(ms / length)} ${unit} ago`
}

/** `2026-11-24 21:42:50Z`. */
export function moment(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace(/\.\d+/, '')
}
