import type { DeliveryFilter } from '../../common/deliveries.ts'
import { numberOrNull } from '../number-or-null.ts'
import type { Client, Transaction } from '../open.ts'
import type { SequenceBounds } from './conditions.ts'
import type { DeliveryId, Which } from './which.ts'

export type ReplayState = 'running' | 'finished' | 'cancelled'

/** What a job is about: as it was asked, as the statements take it, and where to look. */
export type ReplayScope = {
  asked: DeliveryFilter
  which: Which
  bounds: SequenceBounds
  /** Only runs that had ended by then (epoch ms), so that a job never takes what ended while it ran. */
  endedBy: number
}

/** The last row that was looked at, and when: with the rate that says how many may go now. */
export type ReplayCursor = DeliveryId & { at: number }

/** Times are epoch ms. */
export type ReplayJobRow = {
  id: string
  scope: ReplayScope
  state: ReplayState
  ratePerSecond: number
  total: number
  done: number
  cursor: ReplayCursor | null
  requestedBy: string
  createdAt: number
  finishedAt: number | null
}

export type NewReplayJob = Omit<ReplayJobRow, 'state' | 'done' | 'cursor' | 'finishedAt'>

/** Adds a job that is running from now on. */
export async function insertReplayJob(tx: Transaction, { scope, createdAt, ...job }: NewReplayJob): Promise<void> {
  const data = { ...job, filter: JSON.stringify(scope), state: 'running', done: 0, createdAt: BigInt(createdAt) }
  await tx.replayJob.create({ data })
}

/** The last `limit` jobs, newest first. */
export async function listReplayJobs(client: Client | Transaction, limit: number): Promise<ReplayJobRow[]> {
  const rows = await client.replayJob.findMany({ orderBy: { id: 'desc' }, take: limit })
  return rows.map(fromRow)
}

/** Those that are not done, oldest first. */
export async function runningReplayJobs(client: Client | Transaction): Promise<ReplayJobRow[]> {
  const rows = await client.replayJob.findMany({ where: { state: 'running' }, orderBy: { id: 'asc' } })
  return rows.map(fromRow)
}

export async function findReplayJob(client: Client | Transaction, id: string): Promise<ReplayJobRow | undefined> {
  const row = await client.replayJob.findUnique({ where: { id } })
  return row === null ? undefined : fromRow(row)
}

/** What was put on its way stays on its way. Returns false when the job was not running. */
export async function cancelReplayJob(tx: Transaction, id: string, now: number): Promise<boolean> {
  const { count } = await tx.replayJob.updateMany({
    where: { id, state: 'running' },
    data: { state: 'cancelled', finishedAt: BigInt(now) },
  })
  return count > 0
}

export type ReplayProgress = { cursor: ReplayCursor; done: number; finished: boolean }

/**
 * Moves a running job on from where it was read. False when somebody else moved, ended or cancelled it meanwhile: then
 * nothing may be written.
 */
export async function advanceReplayJob(
  tx: Transaction,
  job: Pick<ReplayJobRow, 'id' | 'cursor'>,
  { cursor, done, finished }: ReplayProgress,
  now: number,
): Promise<boolean> {
  const { count } = await tx.replayJob.updateMany({
    where: { id: job.id, state: 'running', cursor: job.cursor === null ? null : JSON.stringify(job.cursor) },
    data: {
      cursor: JSON.stringify(cursor),
      done: { increment: done },
      ...(finished ? { state: 'finished', finishedAt: BigInt(now) } : {}),
    },
  })
  return count > 0
}

type Stored = Awaited<ReturnType<Client['replayJob']['findMany']>>[number]

function fromRow({ filter, cursor, state, createdAt, finishedAt, ...row }: Stored): ReplayJobRow {
  return {
    ...row,
    scope: JSON.parse(filter) as ReplayScope,
    cursor: cursor === null ? null : (JSON.parse(cursor) as ReplayCursor),
    state: state as ReplayState,
    createdAt: Number(createdAt),
    finishedAt: numberOrNull(finishedAt),
  }
}
