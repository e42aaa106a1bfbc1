import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '../../common/clock.ts'
import { didYouMean } from '../../common/closest.ts'
import { MAX_REPLAY_RATE, type DeliveryFilter, type DeliveryOperations } from '../../common/deliveries.ts'
import { Failure } from '../../common/failure.ts'
import { insertAudit, type AuditEntry } from '../../db/audit.ts'
import { deliveryHistory, storedBodyOf } from '../../db/deliveries/delivery-history.ts'
import {
  abonnementNames,
  findAbonnement,
  findAbonnementThatWas,
  type FoundAbonnement,
} from '../../db/deliveries/find-abonnement.ts'
import { pauseLane, readLanes, readLaneStates, resumeLane, type Lane } from '../../db/deliveries/lanes.ts'
import { listDeliveries, type ListedDelivery } from '../../db/deliveries/list-deliveries.ts'
import { countCandidates, type Counted } from '../../db/deliveries/replay-candidates.ts'
import {
  cancelReplayJob,
  findReplayJob,
  insertReplayJob,
  listReplayJobs,
  runningReplayJobs,
} from '../../db/deliveries/replay-jobs.ts'
import type { Which } from '../../db/deliveries/which.ts'
import type { Database, Transaction } from '../../db/open.ts'
import { readDeliveryId, readFilter, readReplayFilter } from './read-filter.ts'
import { toAttempt, toItem, toLaneStatus, toReplay } from './shown.ts'

export type OperationsOptions = {
  database: Database
  clock: Clock
  /** Who asks, for the audit: `operator:jan`. */
  actor: string
  /** Told after a commit that these abonnementen may be sent to again. */
  onResumed: (abonnementIds: string[]) => void
  /** Told of every entry of the audit after its commit. */
  onAudited: (entry: AuditEntry) => void
}

const SHOWN_REPLAYS = 100

/**
 * What operators can do, on the database itself: beside running servers, which respect an `abonnement_state` with
 * their next claim and take replays up by themselves. Everything that changes something, or shows a payload, writes
 * its entry of the audit in the same transaction.
 *
 * A delivery is one notificatie for one abonnement, and stands where its last run stands. A replay is a new run, so a
 * dead letter that was sent again is no dead letter any more: the same replay twice finds nothing the second time,
 * unless the new run died too. What was delivered is sent once by each replay that asks for it.
 */
export function createDeliveryOperations(options: OperationsOptions): DeliveryOperations {
  const { database, clock, actor, onResumed, onAudited } = options
  const { reader } = database

  async function audited<T>(
    entry: Omit<AuditEntry, 'actor' | 'result'>,
    work: (tx: Transaction, now: number) => Promise<T>,
  ): Promise<T> {
    const now = clock.now()
    const complete = { ...entry, actor, result: 'done' }
    const result = await database.transaction(async (tx) => {
      const value = await work(tx, now)
      await insertAudit(tx, complete, now)
      return value
    })
    onAudited(complete)
    return result
  }

  async function demandAbonnement(nameOrId: string): Promise<FoundAbonnement> {
    const found = await findAbonnement(reader, nameOrId)
    if (found !== undefined) return found
    const hint = didYouMean(nameOrId, await abonnementNames(reader))
    throw new Failure('invalid', `there is no abonnement ${JSON.stringify(nameOrId.slice(0, 100))}${hint}`)
  }

  async function whichOf<W extends Which>(
    filter: DeliveryFilter,
    read: (filter: DeliveryFilter) => W,
    idOf: (nameOrId: string) => Promise<string> = async (nameOrId) => (await demandAbonnement(nameOrId)).id,
  ): Promise<W> {
    const which = read(filter)
    return filter.abonnement === undefined ? which : { ...which, abonnementId: await idOf(filter.abonnement) }
  }

  /** Also of an abonnement that is gone: what it has left is listed, so it can be asked for. */
  async function listedAbonnement(nameOrId: string): Promise<string> {
    return (await findAbonnementThatWas(reader, nameOrId)) ?? (await demandAbonnement(nameOrId)).id
  }

  async function demandDelivery(id: string): Promise<ListedDelivery> {
    const [found] = await listDeliveries(database, readDeliveryId(id), { limit: 1 })
    if (found !== undefined) return found
    throw new Failure('invalid', `there is no delivery ${JSON.stringify(id)}; what ended long ago is not kept`)
  }

  async function counted(filter: DeliveryFilter, now: number): Promise<Counted & { which: Which; total: number }> {
    const which = await whichOf(filter, readReplayFilter)
    const found = await countCandidates(database, which, now)
    return { ...found, which, total: found.counts.reduce((sum, { count }) => sum + count, 0) }
  }

  async function laneOf(id: string, now: number) {
    const [lane] = await readLanes(database, id)
    return toLaneStatus(lane as Lane, now)
  }

  return {
    list: async (filter, { limit, after }) => {
      const which = await whichOf(filter, readFilter, listedAbonnement)
      const from = after === undefined ? undefined : readDeliveryId(after)
      const found = await listDeliveries(database, which, { limit: limit + 1, after: from })
      const deliveries = found.slice(0, limit).map(toItem)
      return { deliveries, next: found.length > limit ? (deliveries.at(-1)?.id ?? null) : null }
    },
    show: async (id, { body }) => {
      const row = await demandDelivery(id)
      const item = toItem(row)
      const { ended, attempts } = await deliveryHistory(reader, row)
      const details = {
        ...item,
        clientId: row.clientId,
        earlier: ended
          .filter(({ replay }) => replay < row.replay)
          .map((run) => ({ ...run, finishedAt: new Date(run.finishedAt).toISOString() })),
        history: attempts.map((attempt) => toAttempt(attempt, body)),
      }
      if (!body) return details
      const entry = { action: 'payload.read', subject: `notificatie ${row.notificatieId}`, detail: { delivery: id } }
      const text = await audited(entry, (tx) => storedBodyOf(tx, row.notificatieId))
      return text === undefined ? details : { ...details, body: text }
    },
    status: async () => {
      const now = clock.now()
      return (await readLanes(database)).map((lane) => toLaneStatus(lane, now))
    },
    pause: async (abonnement, reason) => {
      const { id, name } = await demandAbonnement(abonnement)
      const detail = reason === null ? { id } : { id, reason }
      const entry = { action: 'abonnement.pause', subject: `abonnement ${name}`, detail }
      await audited(entry, (tx, now) => pauseLane(tx, { id, reason, by: actor, now }))
      return laneOf(id, clock.now())
    },
    resume: async (abonnement) => {
      const { id, name } = await demandAbonnement(abonnement)
      const [before] = await readLaneStates(reader, id)
      const detail = { id, before: before?.status ?? 'active', reason: before?.reason ?? null }
      const entry = { action: 'abonnement.resume', subject: `abonnement ${name}`, detail }
      await audited(entry, (tx, now) => resumeLane(tx, { id, by: actor, now }))
      onResumed([id])
      return laneOf(id, clock.now())
    },
    countReplay: async (filter) => {
      const { counts, total } = await counted(filter, clock.now())
      const lanes = new Map((await readLaneStates(reader)).map(({ id, status }) => [id, status]))
      return { total, abonnementen: counts.map((each) => ({ ...each, status: lanes.get(each.id) ?? 'active' })) }
    },
    startReplay: async (filter, ratePerSecond) => {
      demandRate(ratePerSecond)
      const createdAt = clock.now()
      const { which, bounds, total } = await counted(filter, createdAt)
      if (total === 0) return null
      const job = { id: uuidv7({ msecs: createdAt }), ratePerSecond, total, requestedBy: actor, createdAt }
      const scope = { asked: filter, which, bounds, endedBy: createdAt }
      const entry = {
        action: 'deliveries.replay',
        subject: `replay ${job.id}`,
        detail: { filter, total, ratePerSecond },
      }
      await audited(entry, async (tx) => {
        await demandNotRunning(tx, which)
        await insertReplayJob(tx, { ...job, scope })
      })
      return toReplay({ ...job, scope, state: 'running', done: 0, cursor: null, finishedAt: null })
    },
    replays: async () => (await listReplayJobs(reader, SHOWN_REPLAYS)).map(toReplay),
    cancelReplay: async (id) => {
      const job = await findReplayJob(reader, id)
      if (job === undefined) throw new Failure('invalid', `there is no replay ${JSON.stringify(id.slice(0, 100))}`)
      const entry = { action: 'deliveries.cancel-replay', subject: `replay ${id}`, detail: { total: job.total } }
      await audited(entry, async (tx, now) => {
        if (!(await cancelReplayJob(tx, id, now))) throw new Failure('conflict', `the replay is ${job.state} already`)
      })
      return toReplay((await findReplayJob(reader, id)) ?? job)
    },
  }
}

function demandRate(ratePerSecond: number): void {
  if (Number.isInteger(ratePerSecond) && ratePerSecond >= 1 && ratePerSecond <= MAX_REPLAY_RATE) return
  throw new Failure('invalid', `the rate is a whole number from 1 to ${MAX_REPLAY_RATE} a second`)
}

/** A pipeline that asks again because it got no answer must not send everything twice. Throws Failure `conflict`. */
async function demandNotRunning(tx: Transaction, which: Which): Promise<void> {
  const same = (await runningReplayJobs(tx)).find(({ scope }) => JSON.stringify(scope.which) === JSON.stringify(which))
  if (same === undefined) return
  throw new Failure(
    'conflict',
    `the replay ${same.id} of the same deliveries is running: ${same.done} of ${same.total}`,
  )
}
