import {
  DELIVERY_STATES,
  type DeliveryFilter,
  type DeliveryOutcome,
  type DeliveryState,
} from '../../common/deliveries.ts'
import { Failure } from '../../common/failure.ts'
import { listed } from '../../common/listed.ts'
import type { DeliveryId, StatusRange, Which } from '../../db/deliveries/which.ts'

/**
 * Reads what an operator asks, except for the abonnement, which only the database knows. Throws Failure `invalid` for
 * a word that means nothing: nothing is ever left out of a filter, since it would then match more.
 */
export function readFilter(filter: DeliveryFilter): Omit<Which, 'abonnementId'> {
  const { kanaal, notificatie, from, until, outcome, status } = filter
  const which = {
    kanaal,
    notificatieId: notificatie?.toLowerCase(),
    receivedFrom: from === undefined ? undefined : readMoment('from', from),
    receivedUntil: until === undefined ? undefined : readMoment('until', until),
    state: outcome === undefined ? undefined : readState(outcome),
    status: status === undefined ? undefined : readStatus(status),
  }
  const { receivedFrom, receivedUntil } = which
  if (receivedFrom !== undefined && receivedUntil !== undefined && receivedFrom >= receivedUntil) {
    throw new Failure('invalid', `the period is empty: it ends at ${until}, before or when it begins at ${from}`)
  }
  return which
}

/**
 * Reads the filter of a replay: of what ended, the dead letters unless another outcome is named. Throws Failure
 * `invalid`, also for what was delivered without a beginning: by mistake that would be everything ever sent.
 */
export function readReplayFilter(filter: DeliveryFilter): Omit<Which, 'abonnementId'> & { state: DeliveryOutcome } {
  const { state = 'dead', ...which } = readFilter(filter)
  if (state === 'ready' || state === 'held' || state === 'leased') {
    throw new Failure('invalid', `what is ${state} is under way already: replay what is dead, delivered or cancelled`)
  }
  if (state === 'delivered' && which.receivedFrom === undefined && which.notificatieId === undefined) {
    throw new Failure('invalid', 'say from when: a replay of what was delivered needs a beginning, or one notificatie')
  }
  return { ...which, state }
}

/** Reads the id of a delivery: `<sequence>.<uuid>`. Throws Failure `invalid`. */
export function readDeliveryId(text: string): DeliveryId {
  const [, digits, abonnementId] = /^(\d{1,15})\.([^\0]{1,100})$/.exec(text) ?? []
  if (digits === undefined || abonnementId === undefined) {
    throw new Failure('invalid', 'that is no id of a delivery: it looks like 42.482a09ff-286b-4d0f-a1b8-9b99c1eac0f8')
  }
  return { sequence: Number(digits), abonnementId }
}

/** A moment without a zone would mean another one on another machine. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

function readMoment(name: string, text: string): number {
  const ms = MOMENT.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) {
    throw new Failure('invalid', `"${name}" is a moment with a zone like 2026-11-24T08:00:00Z, not ${quoted(text)}`)
  }
  return ms
}

/** What a status may look like, for messages. */
export const STATUS_FORMS = '503, 5xx, timeout or no-answer'

function readState(text: string): DeliveryState {
  const state = DELIVERY_STATES.find((known) => known === text)
  if (state === undefined)
    throw new Failure('invalid', `the outcome is ${listed(DELIVERY_STATES)}, not ${quoted(text)}`)
  return state
}

/** What `status` of a filter means; undefined: nothing. */
export function statusRange(text: string): StatusRange | undefined {
  if (text === 'timeout' || text === 'no-answer') return text
  const [, hundreds, rest] = /^([1-5])(xx|\d\d)$/.exec(text) ?? []
  if (hundreds === undefined || rest === undefined) return undefined
  if (rest === 'xx') return { from: Number(hundreds) * 100, until: Number(hundreds) * 100 + 100 }
  return { from: Number(text), until: Number(text) + 1 }
}

function readStatus(text: string): StatusRange {
  const range = statusRange(text)
  if (range === undefined) throw new Failure('invalid', `the status is ${STATUS_FORMS}, not ${quoted(text)}`)
  return range
}

/** What was typed may be anything; as JSON it steers no terminal. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}
