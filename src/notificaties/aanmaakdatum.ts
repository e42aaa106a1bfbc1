/** A moment to the microsecond: `epochMs` for comparing, `text` as it is stored and echoed. */
export type Moment = { epochMs: number; text: string }

const DATE = String.raw`(\d{4})(?:-(\d{2})-(\d{2})|(\d{2})(\d{2}))`
const TIME = String.raw`(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?)?`
const ZONE = String.raw`(Z|([+-])(\d{2})(?::?(\d{2})(?::?(\d{2}))?)?)?`
const SHAPE = new RegExp(`^${DATE}(?:[Tt ]${TIME}${ZONE})?$`)

/**
 * Reads an ISO 8601 moment in every form that Open Notificaties takes (behaviour reference §1.8): basic
 * or extended, a space for the T, a date alone (midnight), no zone (UTC: GZAC sends local times without
 * one), more than six digits of a second (cut off). Lower-case `z`, numbers and times alone are not.
 */
export function readMoment(input: string): Moment | undefined {
  const found = SHAPE.exec(input)
  if (found === null) return undefined
  const [, year, month, day, basicMonth, basicDay, hour, minute, second, fraction, zone, sign, ...offset] = found
  const micros = (fraction ?? '').slice(0, 6).padEnd(6, '0')
  const local = utcMs({
    year: Number(year),
    month: Number(month ?? basicMonth),
    day: Number(day ?? basicDay),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
  })
  const offsetMs = zone === undefined || zone === 'Z' ? 0 : offsetOf(sign, offset)
  if (local === undefined || offsetMs === undefined) return undefined
  const seconds = new Date(local - offsetMs)
  if (seconds.getUTCFullYear() < 1 || seconds.getUTCFullYear() > 9999) return undefined
  const text = seconds.toISOString().slice(0, 19)
  return {
    epochMs: seconds.getTime() + Math.floor(Number(micros) / 1_000),
    text: micros === '000000' ? `${text}Z` : `${text}.${micros}Z`,
  }
}

/** The moment as it is forwarded: milliseconds when there is a fraction (behaviour reference §5.4). */
export function toMilliseconds(text: string): string {
  return text.includes('.') ? `${text.slice(0, 23)}Z` : text
}

/** The moment as a CloudEvents `time`: whole seconds (behaviour reference §5.8). */
export function toSeconds(text: string): string {
  return `${text.slice(0, 19)}Z`
}

type Parts = { year: number; month: number; day: number; hour: number; minute: number; second: number }

/** Undefined when a part is out of its range (31 February, 24:00, second 60). */
function utcMs({ year, month, day, hour, minute, second }: Parts): number | undefined {
  if (year < 1 || hour > 23 || minute > 59 || second > 59) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined
}

function offsetOf(sign: string | undefined, parts: readonly (string | undefined)[]): number | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0))
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined
  const ms = ((hours * 60 + minutes) * 60 + seconds) * 1_000
  return sign === '-' ? -ms : ms
}
