import type { DeliveryDetails, DeliveryItem, DeliveryPage, DeliveryState } from '../../common/deliveries.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'

/** A line for each delivery, and how to go on. */
export function renderDeliveries({ deliveries, next }: DeliveryPage, style: Style): string {
  if (deliveries.length === 0) return 'There is no such delivery.\n'
  const lines = table(
    deliveries.map((item) => [
      item.state,
      printable(item.abonnement.name ?? item.abonnement.id),
      printable(item.kanaal || '(CloudEvent)'),
      `accepted ${shortTime(item.receivedAt)}`,
      whenText(item),
      attemptsText(item),
      printable(item.reason ?? ''),
      printable(item.id),
    ]),
  )
  const more = next === null ? '' : style.dim(`There are more: --after ${printable(next)}\n`)
  return lines.map((line, index) => `${dressed(deliveries[index]?.state, line, style)}\n`).join('') + more
}

/** Everything that is known of one delivery. */
export function renderDelivery(details: DeliveryDetails, style: Style): string {
  const { abonnement, earlier, history, body } = details
  const facts: [string, string | null][] = [
    ['state', details.state],
    ['abonnement', abonnement.name === null ? `${abonnement.id} (deleted)` : `${abonnement.name} (${abonnement.id})`],
    ['notificatie', details.notificatie],
    ['kanaal', details.kanaal || '(CloudEvent)'],
    ['published by', details.clientId],
    ['accepted', shortTime(details.receivedAt)],
    ['when', whenText(details)],
    ['run', details.replay === 0 ? 'the first' : `replay ${details.replay}`],
    ['reason', details.reason],
  ]
  const known = facts.flatMap(([name, value]) =>
    value === null || value === '' ? [] : [[`  ${name}`, printable(value)]],
  )
  const runs = earlier.map((run) => [
    `  ${run.replay === 0 ? 'first run' : `replay ${run.replay}`}`,
    run.outcome,
    shortTime(run.finishedAt),
    printable(run.reason ?? ''),
  ])
  const attempts = history.map((attempt) => [
    `  ${attempt.replay}.${attempt.number}`,
    shortTime(attempt.startedAt),
    `${attempt.durationMs} ms`,
    attempt.status === null ? printable(attempt.error ?? 'no answer') : `status ${attempt.status}`,
    printable(attempt.detail ?? ''),
  ])
  const heads = history.flatMap(({ replay, number, responseHead }) =>
    responseHead === null ? [] : [[`  ${replay}.${number}`, printable(responseHead, MAX_BODY)]],
  )
  return [
    style.bold(`Delivery ${printable(details.id)}`),
    ...table(known),
    ...section('Earlier runs', runs, style),
    ...section('Attempts (run.number)', attempts, style),
    ...section('Answers (run.number)', heads, style),
    ...(body === undefined
      ? []
      : ['', style.bold('Stored message'), body === '' ? REMOVED : printable(body, MAX_BODY)]),
    '',
  ].join('\n')
}

/** As large as a request may be. */
const MAX_BODY = 1_048_576

const REMOVED = 'its content was removed (retention.notificaties), so it cannot be sent again'

function section(title: string, rows: string[][], style: Style): string[] {
  return rows.length === 0 ? [] : ['', style.bold(title), ...table(rows)]
}

function whenText({ finishedAt, dueAt, state }: DeliveryItem): string {
  if (finishedAt !== null) return `ended ${shortTime(finishedAt)}`
  if (state === 'leased') return 'being sent'
  return dueAt === null || state === 'held' ? 'waits for the one before it' : `due ${shortTime(dueAt)}`
}

function attemptsText({ attempts, replay }: DeliveryItem): string {
  const again = replay === 0 ? '' : `, replay ${replay}`
  return `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}${again}`
}

function dressed(state: DeliveryState | undefined, line: string, style: Style): string {
  if (state === 'dead') return style.red(line)
  return state === 'held' ? style.yellow(line) : line
}

/** `2026-11-24 21:42:50Z`. */
export function shortTime(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+/, '')
}
