import type { Clock } from '../common/clock.ts'
import type { Snapshot } from '../common/snapshot.ts'
import type { AuditEntry } from '../db/audit.ts'
import { nextCandidates, type ReplayCandidate } from '../db/deliveries/replay-candidates.ts'
import { runningReplayJobs, type ReplayJobRow } from '../db/deliveries/replay-jobs.ts'
import { stepReplay } from '../db/deliveries/step-replay.ts'
import type { Database } from '../db/open.ts'
import { errorFacts } from '../observability/error-facts.ts'
import type { Logger } from '../observability/logger.ts'

export type ReplayerOptions = {
  database: Database
  snapshot: () => Snapshot
  reload: () => Promise<Snapshot>
  clock: Clock
  logger: Logger
  /** What a delivery of this stored body may not overtake at the abonnement; null: it waits for nobody. */
  orderingKeyOf: (body: string, format: number, abonnementId: string) => string | null
  /** Told after a commit that these abonnementen have something ready. */
  onReplayed: (abonnementIds: ReadonlySet<string>) => void
  /** Told of every entry of the audit after its commit. */
  onAudited: (entry: AuditEntry) => void
}

export type Replayer = {
  /** One step of every replay that is running; resolves to whether any goes on. Never throws. */
  step(): Promise<boolean>
}

/** What was not sent while no server ran is not made up for all at once. */
const MAX_CREDIT_MS = 1_000
/** A step that finds nothing looks on at once, but lets others have their turn after so many. */
const MAX_WINDOWS = 20

/**
 * Carries out replays: any server may take the next step of a job, and the cursor in the database says who did.
 *
 *   running --step: rows by rate--> running --nothing left--> finished
 *      └--------------- an operator ---------------> cancelled
 *
 * The cursor also says when the last step was, so that all servers together keep to the rate. New runs go out in the
 * order of acceptance, and behind an ordering key like everything else.
 */
export function createReplayer(options: ReplayerOptions): Replayer {
  const { database, clock, logger } = options
  /** Jobs whose last step failed; null: that of reading them. */
  const complained = new Set<string | null>()

  /** Resolves to the job as it is now, to look on at once; undefined: not before time has passed. */
  async function stepJob(job: ReplayJobRow): Promise<ReplayJobRow | undefined> {
    const now = clock.now()
    const since = creditSince(job, now)
    const credit = Math.floor((job.ratePerSecond * (now - since)) / 1_000)
    if (credit === 0) return undefined
    const { candidates, upTo, end } = await nextCandidates(database, job, credit)
    const place = upTo ?? job.cursor ?? { sequence: job.scope.bounds.after ?? 0, abonnementId: '' }
    const { sequence, abonnementId } = place
    // What was not used stays: fractions of a delivery, and everything where none was found.
    const at = Math.min(now, since + Math.ceil((candidates.length * 1_000) / job.ratePerSecond))
    const cursor = { sequence, abonnementId, at }
    const { epoch } = options.snapshot()
    const deliveries = candidates.map((candidate) => nextRun(candidate))
    const ending = (done: number): AuditEntry => endingOf(job, done)
    const result = await stepReplay(database, { job, deliveries, cursor, finished: end, epoch, now, ending })
    if (result === 'moved') await options.reload()
    if (result === 'moved' || result === 'taken') return undefined
    if (result.length > 0) options.onReplayed(new Set(result.map((delivery) => delivery.abonnementId)))
    const done = job.done + result.length
    if (!end) return candidates.length === 0 ? { ...job, cursor, done } : undefined
    options.onAudited(ending(done))
    return undefined
  }

  function nextRun({ body, format, ...candidate }: ReplayCandidate) {
    const orderingKey = options.orderingKeyOf(body, format, candidate.abonnementId)
    return { ...candidate, replay: candidate.replay + 1, orderingKey }
  }

  /** Tells what goes wrong once, until it goes well; the next step tries again. */
  async function trying<T>(replay: string | null, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work()
      complained.delete(replay)
      return result
    } catch (error) {
      if (!complained.has(replay)) logger.error({ replay, ...errorFacts(error) }, 'a replay cannot go on')
      complained.add(replay)
      return undefined
    }
  }

  async function stepWindows(job: ReplayJobRow): Promise<void> {
    let current: ReplayJobRow | undefined = job
    for (let window = 0; current !== undefined && window < MAX_WINDOWS; window += 1) current = await stepJob(current)
  }

  return {
    step: async () => {
      const jobs = await trying(null, () => runningReplayJobs(database.reader))
      // One that cannot go on keeps no other back.
      for (const job of jobs ?? []) await trying(job.id, () => stepWindows(job))
      return jobs === undefined || jobs.length > 0
    },
  }
}

/**
 * Since when (epoch ms) what may go has added up. A job that begins may send one; so may one that was left at a moment
 * far ahead, which is what a clock that was put back looks like.
 */
function creditSince({ cursor, ratePerSecond }: ReplayJobRow, now: number): number {
  if (cursor === null || cursor.at > now + MAX_CREDIT_MS) return now - Math.ceil(1_000 / ratePerSecond)
  return Math.min(now, Math.max(now - MAX_CREDIT_MS, cursor.at))
}

function endingOf({ id, total }: ReplayJobRow, done: number): AuditEntry {
  const detail = { total, done }
  return { actor: 'bode', action: 'deliveries.replay-end', subject: `replay ${id}`, result: 'done', detail }
}
