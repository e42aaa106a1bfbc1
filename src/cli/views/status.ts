import type { Alert } from '../../alerts/alert.ts'
import type { LiveServer } from '../../db/live-servers.ts'
import type { MigrationStatus } from '../../db/migration-status.ts'
import type { Counts } from '../../reconcile/plan.ts'
import type { ConfigurationStatus, OwnerStatus } from '../../reconcile/status.ts'
import type { AbonnementInTrouble } from '../deliveries-in-trouble.ts'
import { generationJson, shortDigest } from './history.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'
import { ago, moment } from './time.ts'
import { abonnementJson, alertJson, alertLines, troubleLines } from './trouble.ts'

export type StatusReport = {
  database: string
  /** Epoch ms. */
  now: number
  schema: MigrationStatus & { ready: boolean }
  /** null: the database is not migrated. */
  configuration: ConfigurationStatus | null
  servers: LiveServer[]
  /** Those that get nothing, or not everything. */
  abonnementen: AbonnementInTrouble[]
  alerts: Alert[]
}

/** The database, then each configuration, the servers, and what needs a person. */
export function renderStatus(report: StatusReport, style: Style): string {
  const { configuration, now } = report
  const trouble = [...troubleLines(report.abonnementen, now, style), ...alertLines(report.alerts, now, style)]
  const blocks = [
    [`${style.bold('Database')} ${report.database}: ${schemaText(report, style)}`],
    ...(configuration === null ? [] : [configurationLines(configuration, style), serverLines(report, style)]),
    ...(trouble.length === 0 ? [] : [trouble]),
  ]
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

/** The same for programs. Members may be added; none is removed or changes its meaning. */
export function statusJson(report: StatusReport): object {
  const { database, now, schema, configuration, servers } = report
  return {
    database,
    at: new Date(now).toISOString(),
    schema,
    owners: configuration?.owners.map(({ generation, ...rest }) => ({
      ...rest,
      generation: generationJson(generation),
    })),
    madeByClients: configuration?.madeByClients,
    servers: servers.map(({ seenAt, ...server }) => ({ ...server, seenAt: new Date(seenAt).toISOString() })),
    abonnementen: report.abonnementen.map(abonnementJson),
    alerts: report.alerts.map(alertJson),
  }
}

function schemaText({ schema }: StatusReport, style: Style): string {
  if (schema.tooNew) return style.red('newer than this program: use the version of bode that migrated it')
  if (schema.pending.length > 0) return style.red(`not migrated (${schema.pending.join(', ')}): run bode db migrate`)
  return `up to date (${schema.applied.at(-1) ?? 'empty'})`
}

function configurationLines({ owners, madeByClients }: ConfigurationStatus, style: Style): string[] {
  const clients = counts(madeByClients)
  return [
    ...(owners.length === 0 ? ['Nothing was applied yet.'] : owners.flatMap((owner) => ownerLines(owner, style))),
    ...(clients === '' ? [] : [`Made through the API: ${clients}.`]),
  ]
}

function ownerLines({ owner, generation, objects, drifted }: OwnerStatus, style: Style): string[] {
  const { number, digest, environment, appliedAt, actor, commitSha } = generation
  const drift = driftText(drifted, style)
  const commit = commitSha === null ? '' : `, commit ${commitSha}`
  return [
    `${style.bold(owner)}${environment === null ? '' : ` (${environment})`}  generation ${number}  ${shortDigest(digest)}  ${drift}`,
    `  ${generation.operation} ${moment(appliedAt)} by ${actor}${commit}`,
    `  ${counts(objects) || 'no objects'}`,
  ]
}

function driftText(drifted: number | null, style: Style): string {
  if (drifted === null) return style.dim('applied by an earlier version: drift is not known')
  const objects = drifted === 1 ? '1 object' : `${drifted} objects`
  return drifted === 0 ? style.green('as applied') : style.yellow(`${objects} changed since: see bode drift`)
}

function counts(objects: Counts): string {
  return Object.entries(objects)
    .map(([kind, number]) => `${number} ${kind}`)
    .join(', ')
}

function serverLines({ servers, now }: StatusReport, style: Style): string[] {
  if (servers.length === 0) return ['No server is running.']
  const rows = servers.map(({ host, pid, generation, state, seenAt, reason }) => [
    `Server ${host} (pid ${pid})`,
    `generation ${generation}`,
    `seen ${ago(seenAt, now)}`,
    state === 'ok' ? 'ok' : `refused: ${reason ?? 'no reason given'}`,
  ])
  return table(rows).map((line, index) => (servers[index]?.state === 'ok' ? line : style.red(line)))
}
