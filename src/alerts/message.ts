import { COUNT_UP_TO, type Alert, type AlertKind } from './alert.ts'
import type { Occasion } from './decide.ts'

/** What an operator's webhook gets. Members may be added; none is removed or changes its meaning. */
export type AlertMessage = {
  format: 'bode-alert/1'
  /** The same for every message of one alert. */
  id: string
  /** `raised`: it began; `lasting`: it goes on; `resolved`: it is over. */
  state: Occasion
  kind: AlertKind
  /** Name of the abonnement; null: it is about something else. */
  abonnement: string | null
  /** Uuid of the abonnement, or address of the credential in the configuration. */
  subject: string
  /** `publicUrl` of the settings; null: there is none. */
  bode: string | null
  at: string
  since: string
  /** Deliveries that it is about; null: it is about none. `countIsMinimum`: there may be more. */
  count: number | null
  countIsMinimum: boolean
  reason: string | null
  /** All of it in one sentence, for people. */
  text: string
  /** What to do: commands to begin with. */
  advice: string
}

export function alertMessage(
  { kind, subject, raisedAt, detail }: Alert,
  state: Occasion,
  { now, publicUrl }: { now: number; publicUrl: string | null },
): AlertMessage {
  const { name, since, count, reason } = detail
  return {
    format: 'bode-alert/1',
    id: `${kind}:${subject}:${raisedAt}`,
    state,
    kind,
    abonnement: kind === 'credential' ? null : name,
    subject,
    bode: publicUrl,
    at: new Date(now).toISOString(),
    since: new Date(since).toISOString(),
    count: count ?? null,
    countIsMinimum: count === COUNT_UP_TO,
    reason: reason ?? null,
    text: state === 'resolved' ? `over: ${textOf({ kind, detail })}` : textOf({ kind, detail }),
    advice: ADVICE[kind](name),
  }
}

/** An alert in one sentence, without a full stop. */
export function textOf({ kind, detail }: Pick<Alert, 'kind' | 'detail'>): string {
  const { name, since, reason, count = 0 } = detail
  const because = reason === undefined ? '' : kind === 'dead' ? `; the last: ${reason}` : ` (${reason})`
  const many = (one: string, more: string): string =>
    `${count}${count === COUNT_UP_TO ? ' or more' : ''} ${count === 1 ? one : more}`
  return `${TEXT[kind](name, many, new Date(since).toISOString())}${because}`
}

type Counted = (one: string, more: string) => string

const TEXT: Record<AlertKind, (name: string, count: Counted, since: string) => string> = {
  dead: (name, count, since) =>
    `abonnement ${name} has ${count('dead letter', 'dead letters')}, the oldest of ${since}`,
  blocked: (name, count, since) => `abonnement ${name} is blocked since ${since}, ${waiting(count)}`,
  paused: (name, count, since) => `abonnement ${name} is paused since ${since}, ${waiting(count)}`,
  failing: (name, count, since) => `every callback to abonnement ${name} has failed since ${since}, ${waiting(count)}`,
  waiting: (name, count, since) => `for abonnement ${name} ${waiting(count)}, the oldest could have gone at ${since}`,
  credential: (name) => `${name} ends soon or has ended`,
}

function waiting(count: Counted): string {
  return count('notificatie waits', 'notificaties wait')
}

const ADVICE: Record<AlertKind, (name: string) => string> = {
  dead: (name) => `bode deliveries list --abonnement ${name} --outcome dead`,
  blocked: (name) => `repair the subscriber, then: bode deliveries resume ${name}`,
  paused: (name) => `bode deliveries resume ${name}`,
  failing: (name) => `bode deliveries list --abonnement ${name} --outcome ready`,
  waiting: (name) =>
    `raise delivery.maxConcurrency of the abonnement or let it answer sooner; bode deliveries list --abonnement ${name} --outcome ready`,
  credential: (name) => `put a new value in ${name} and apply`,
}
