import { COUNT_UP_TO, type Alert } from '../../alerts/alert.ts'
import { textOf } from '../../alerts/message.ts'
import type { AbonnementInTrouble } from '../deliveries-in-trouble.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'
import { ago } from './time.ts'

/** A line for each abonnement that gets nothing, or not everything. */
export function troubleLines(abonnementen: readonly AbonnementInTrouble[], now: number, style: Style): string[] {
  const rows = abonnementen.map(({ name, status, since, reason, waiting, dead }) => [
    `Abonnement ${printable(name)}`,
    since === null ? status : `${status} since ${ago(since, now)}`,
    `${countText(waiting)} waiting`,
    `${countText(dead)} dead`,
    printable(reason ?? ''),
  ])
  return table(rows).map((line, index) =>
    abonnementen[index]?.status === 'blocked' ? style.red(line) : style.yellow(line),
  )
}

/** A line for each alert that stands, and whether anybody was told. */
export function alertLines(alerts: readonly Alert[], now: number, style: Style): string[] {
  return alerts.map((alert) =>
    style.yellow(`Alert ${alert.kind}: ${printable(textOf(alert))}; ${toldText(alert, now)}`),
  )
}

/** The same for programs. */
export function alertJson({ kind, subject, raisedAt, sentAt, resolvedAt, detail }: Alert): object {
  const { name, since, count = null, reason = null, failures, error = null } = detail
  return {
    kind,
    subject,
    name,
    since: new Date(since).toISOString(),
    count,
    reason,
    raisedAt: new Date(raisedAt).toISOString(),
    sentAt: isoOf(sentAt),
    resolvedAt: isoOf(resolvedAt),
    failures,
    error,
  }
}

export function abonnementJson({ since, ...rest }: AbonnementInTrouble): object {
  return { ...rest, since: isoOf(since) }
}

function toldText({ sentAt, resolvedAt, detail: { error } }: Alert, now: number): string {
  const said = sentAt === null ? 'nobody was told' : `told ${ago(sentAt, now)}`
  const over = resolvedAt === null ? '' : ', over, which is still to be told'
  return `${said}${over}${error === undefined ? '' : `, the last message failed: ${printable(error)}`}`
}

function countText(count: number): string {
  return count === COUNT_UP_TO ? `${count} or more` : String(count)
}

function isoOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
