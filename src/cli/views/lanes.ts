import type { LaneStatus, Replay, ReplayCount } from '../../common/deliveries.ts'
import { filterText } from '../deliveries/filter-flags.ts'
import { shortTime } from './deliveries.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'

/** A line for each abonnement: what waits, and what keeps it. */
export function renderLanes(lanes: readonly LaneStatus[], style: Style): string {
  if (lanes.length === 0) return 'There is no abonnement.\n'
  const lines = table(
    lanes.map((lane) => [
      printable(lane.abonnement.name),
      lane.status,
      `${lane.ready} ready`,
      `${lane.held} held`,
      `${lane.leased} being sent`,
      `${lane.dead} dead`,
      lane.oldestDue === null ? '' : `oldest due ${shortTime(lane.oldestDue)}`,
      keptBy(lane),
    ]),
  )
  return lines.map((line, index) => `${dressed(lanes[index], line, style)}\n`).join('')
}

/** What a replay would do. */
export function renderCount({ total, abonnementen }: ReplayCount): string {
  if (total === 0) return 'Nothing to send again.\n'
  const rows = abonnementen.map(({ name, count, status }) => [
    `  ${printable(name)}`,
    String(count),
    status === 'active' ? '' : `${status}: they wait until bode deliveries resume ${printable(name)}`,
  ])
  return [`${deliveries(total)} would be sent again; nothing was done.`, ...table(rows), ''].join('\n')
}

/** A line for each replay, with its filter below it. */
export function renderReplays(replays: readonly Replay[], style: Style): string {
  if (replays.length === 0) return 'Nothing was ever sent again.\n'
  const lines = table(
    replays.map((replay) => [
      replay.id,
      replay.state,
      `${replay.done} of ${replay.total}`,
      `${replay.ratePerSecond}/s`,
      `${shortTime(replay.createdAt)} by ${printable(replay.requestedBy)}`,
      replay.finishedAt === null ? '' : `ended ${shortTime(replay.finishedAt)}`,
    ]),
  )
  return replays
    .flatMap(({ filter }, index) => [
      lines[index] ?? '',
      style.dim(`    ${printable(filterText(filter) || 'all dead letters')}`),
    ])
    .map((line) => `${line}\n`)
    .join('')
}

/** `1 delivery`, `12 deliveries`. */
export function deliveries(count: number): string {
  return count === 1 ? '1 delivery' : `${count} deliveries`
}

function keptBy({ status, reason, changedBy, changedAt, closedUntil, breakerOpen, failingSince }: LaneStatus): string {
  if (status !== 'active') {
    const by = changedBy === null || changedAt === null ? '' : ` by ${printable(changedBy)} ${shortTime(changedAt)}`
    return `${status}${by}${reason === null ? '' : `: ${printable(reason)}`}`
  }
  const since = failingSince === null ? '' : `, failing since ${shortTime(failingSince)}`
  if (breakerOpen) return `left alone${closedUntil === null ? '' : ` until ${shortTime(closedUntil)}`}${since}`
  return closedUntil === null ? '' : `asked for rest until ${shortTime(closedUntil)}`
}

function dressed(lane: LaneStatus | undefined, line: string, style: Style): string {
  if (lane === undefined) return line
  if (lane.status !== 'active') return style.yellow(line)
  return lane.breakerOpen || lane.dead > 0 ? style.red(line) : line
}
