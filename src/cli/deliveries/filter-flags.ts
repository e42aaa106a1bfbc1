import { didYouMean } from '../../common/closest.ts'
import { DELIVERY_STATES, type DeliveryFilter } from '../../common/deliveries.ts'
import { parseDuration } from '../../common/duration.ts'
import { Failure } from '../../common/failure.ts'
import { STATUS_FORMS, statusRange } from '../../delivery/operations/read-filter.ts'
import type { Flags, Options } from '../command.ts'
import { choiceFlag } from '../flag-values.ts'

/** Which deliveries. */
export const FILTER_OPTIONS = {
  abonnement: { type: 'string', value: 'NAME', help: 'name or uuid of the abonnement' },
  kanaal: { type: 'string', value: 'NAAM', help: 'published on this kanaal' },
  notificatie: { type: 'string', value: 'ID', help: 'of this notificatie (webhook-id at the subscriber)' },
  from: { type: 'string', value: 'TIME', help: 'accepted from then on: 2026-11-24T08:00:00Z, or 24h for a day ago' },
  until: { type: 'string', value: 'TIME', help: 'accepted before then' },
  outcome: { type: 'string', value: DELIVERY_STATES.join('|'), help: 'where they stand' },
  status: { type: 'string', value: 'STATUS', help: 'what the last attempt got: 503, 5xx, timeout or no-answer' },
} as const satisfies Options

/** The filter of the flags; durations become moments before `now` (epoch ms). Throws Failure `usage`. */
export function filterOf(flags: Flags, now: number): DeliveryFilter {
  const outcome = choiceFlag(flags, 'outcome', DELIVERY_STATES)
  const filter: DeliveryFilter = outcome === undefined ? {} : { outcome }
  for (const name of ['abonnement', 'kanaal', 'notificatie', 'status'] as const) {
    const text = flags.text(name)
    if (text === '') throw new Failure('usage', `--${name} is empty`)
    if (text !== undefined) filter[name] = text
  }
  if (filter.status !== undefined) demandStatus(filter.status)
  return { ...filter, ...periodOf(flags, now) }
}

/** Here and not by whoever carries it out: it is a wrong command line, as an unknown outcome is. */
function demandStatus(text: string): void {
  if (statusRange(text) !== undefined) return
  const hint = didYouMean(text, ['timeout', 'no-answer'])
  throw new Failure('usage', `--status is ${STATUS_FORMS}, not ${JSON.stringify(text)}${hint}`)
}

/** `--from` and `--until`; durations become moments before `now` (epoch ms). */
export function periodOf(flags: Flags, now: number): Pick<DeliveryFilter, 'from' | 'until'> {
  const period: Pick<DeliveryFilter, 'from' | 'until'> = {}
  for (const name of ['from', 'until'] as const) {
    const text = flags.text(name)
    if (text === undefined) continue
    const ago = parseDuration(text)
    period[name] = ago === undefined ? text : new Date(now - ago).toISOString()
  }
  return period
}

/** The words of a filter, as flags: `--abonnement zac --status 5xx`. */
export function filterText(filter: DeliveryFilter): string {
  return Object.entries(filter)
    .map(([name, value]) => `--${name} ${value}`)
    .join(' ')
}
