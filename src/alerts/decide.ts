import type { AlertSettings } from '../common/model.ts'
import type { Alert, AlertDetail, Finding } from './alert.ts'

/** What is written down of what was found; whom to tell is decided from what is then there. */
export type Change =
  | { do: 'raise'; finding: Finding }
  | { do: 'change'; alert: Alert; detail: AlertDetail; resolvedAt: number | null }
  | { do: 'forget'; alert: Alert }

/**
 * The life of an alert:
 *
 *            found                     told                     told again after `repeatAfter`
 *   (none) ---------> raised ---------------------> standing <---------------------------------+
 *      ^                |  sentAt: null                |  |  \---------------------------------/
 *      |                | over: nobody knew            |  | over
 *      +----------------+                              |  v
 *      |                                     found again resolved   (resolvedAt)
 *      |                                               ^  |
 *      |                                               +--+
 *      +------------------- told ----------------------+--+
 *
 * Without a webhook nobody is told: an alert is then raised until it is over.
 */
export function decide(
  standing: readonly Alert[],
  found: readonly Finding[],
  { now, url }: { now: number } & Pick<AlertSettings, 'url'>,
): Change[] {
  const keyOf = ({ kind, subject }: Pick<Finding, 'kind' | 'subject'>): string => `${kind} ${subject}`
  const left = new Map(found.map((finding) => [keyOf(finding), finding]))
  const changes = standing.flatMap((alert): Change[] => {
    const finding = left.get(keyOf(alert))
    left.delete(keyOf(alert))
    if (finding !== undefined) return stillSo(alert, finding)
    if (alert.sentAt === null || url === null) return [{ do: 'forget', alert }]
    return alert.resolvedAt === null ? [{ do: 'change', alert, detail: alert.detail, resolvedAt: now }] : []
  })
  return [...changes, ...[...left.values()].map((finding): Change => ({ do: 'raise', finding }))]
}

function stillSo(alert: Alert, { kind: _kind, subject: _subject, ...facts }: Finding): Change[] {
  const { failures, notBefore, error } = alert.detail
  const detail = { ...facts, failures, notBefore, ...(error === undefined ? {} : { error }) }
  const isNews = alert.resolvedAt !== null || JSON.stringify(detail) !== alert.stored
  return isNews ? [{ do: 'change', alert, detail, resolvedAt: null }] : []
}

export type Occasion = 'raised' | 'lasting' | 'resolved'

/** No failure, and no clock that was put back, keeps a message away for longer. */
const MAX_BACKOFF_MS = 3_600_000
/** For the first attempt too, so that nobody else makes it meanwhile. */
const MIN_BACKOFF_MS = 60_000

/** What there is to tell of an alert at `now` (epoch ms); undefined: nothing, or not yet. */
export function occasionOf(
  { kind, sentAt, resolvedAt, detail }: Alert,
  { now, repeatAfterMs }: { now: number; repeatAfterMs: number },
): Occasion | undefined {
  const wait = detail.notBefore - now
  if (wait > 0 && wait <= MAX_BACKOFF_MS) return undefined
  if (resolvedAt !== null) return 'resolved'
  if (sentAt === null) return 'raised'
  if (repeatAfterMs === 0 || now - sentAt < repeatAfterMs) return undefined
  // Dead letters lie where they are; that they still do is no reason to say so every day.
  return kind === 'dead' && (detail.newestAt ?? 0) <= sentAt ? undefined : 'lasting'
}

/** How long after `failures` messages in a row that failed, ms. */
export function backoffMs(failures: number): number {
  return Math.min(MIN_BACKOFF_MS * 2 ** failures, MAX_BACKOFF_MS)
}
