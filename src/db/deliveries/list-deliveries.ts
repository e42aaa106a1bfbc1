import { empty, raw, sqltag as sql, type Sql } from '@prisma/client/runtime/client'
import { DELIVERY_OUTCOMES, type DeliveryState } from '../../common/deliveries.ts'
import { isLastRun } from '../last-run.ts'
import { numberOrNull } from '../number-or-null.ts'
import type { Database } from '../open.ts'
import { commonConditions, sequenceBounds, statusCondition, type SequenceBounds } from './conditions.ts'
import { endedSource, partsOf, rowsOf, UNFINISHED, type Source } from './parts.ts'
import type { DeliveryId, Which } from './which.ts'

/** The last run of a delivery, unfinished or ended. Times are epoch ms. */
export type ListedDelivery = DeliveryId & {
  replay: number
  state: DeliveryState
  notificatieId: string
  /** Null: the abonnement is no longer there. */
  name: string | null
  kanaal: string
  clientId: string
  receivedAt: number
  dueAt: number | null
  finishedAt: number | null
  attempts: number
  lastStatus: number | null
  /** A word when there was no answer, else what the end says. */
  lastError: string | null
}

type Page = { limit: number; after?: DeliveryId | undefined }

const UNFINISHED_STATES = { ready: 0, leased: 1, held: 2 } as const
const STATE_NAMES = ['ready', 'leased', 'held'] as const

/**
 * At most `limit` deliveries, the last accepted first, from `after` on; each with its last run. Reads the two tables
 * by their keys from the newest down and stops at `limit`; dead letters over their own index, so that finding the few
 * among millions of others reads none of those.
 *
 * The unfinished are read first: one that settles meanwhile is then found twice, and not missed; its later state stays.
 */
export async function listDeliveries(
  database: Pick<Database, 'reader' | 'provider'>,
  which: Which,
  page: Page,
): Promise<ListedDelivery[]> {
  const bounds = await sequenceBounds(database.reader, which)
  const asked = which.state === undefined ? 'all' : isOutcome(which.state) ? 'ended' : 'unfinished'
  const hot = asked === 'ended' ? [] : await listHot(database, which, bounds, page)
  const cold = asked === 'unfinished' ? [] : await listCold(database, which, bounds, page)
  return newestRuns([...hot, ...cold])
    .toSorted(newestFirst)
    .slice(0, page.limit)
}

function isOutcome(state: DeliveryState): boolean {
  return DELIVERY_OUTCOMES.some((outcome) => outcome === state)
}

/** Of each delivery its last run; of one run what is given last. */
function newestRuns(deliveries: readonly ListedDelivery[]): ListedDelivery[] {
  const newest = new Map<string, ListedDelivery>()
  for (const delivery of deliveries) {
    const id = `${delivery.sequence}.${delivery.abonnementId}`
    if (delivery.replay >= (newest.get(id)?.replay ?? 0)) newest.set(id, delivery)
  }
  return [...newest.values()]
}

async function listHot(
  database: Pick<Database, 'reader' | 'provider'>,
  which: Which,
  bounds: SequenceBounds,
  page: Page,
): Promise<ListedDelivery[]> {
  const { state } = which
  // A literal and no parameter: only then may PostgreSQL use a partial index.
  const number = state === undefined ? empty : sql`AND row.state = ${raw(String(UNFINISHED_STATES[state as 'ready']))}`
  const joins = sql`
    JOIN notificatie ON notificatie.id = row.notificatie_id
    LEFT JOIN abonnement ON abonnement.id = row.abonnement_id
    LEFT JOIN attempt AS last ON last.sequence = row.sequence AND last.abonnement_id = row.abonnement_id
      AND last.replay = row.replay AND last.number = (
        SELECT max(number) FROM attempt WHERE attempt.sequence = row.sequence
          AND attempt.abonnement_id = row.abonnement_id AND attempt.replay = row.replay)`
  const rows = await readPage<HotRow>(
    database,
    UNFINISHED,
    which,
    bounds,
    page,
    sql`
    SELECT row.sequence, row.abonnement_id, row.replay, row.notificatie_id, row.state, row.due_at, row.attempt,
      notificatie.kanaal, notificatie.client_id, notificatie.received_at, abonnement.name,
      last.status AS last_status, last.error AS last_error
    ${rowsOf(UNFINISHED, database.provider, joins)} ${number} ${statusCondition(which.status, 'last.status', 'last.error')}`,
  )
  return rows.map((row) => ({
    ...commonFacts(row),
    state: STATE_NAMES[Number(row.state) as 0 | 1 | 2],
    dueAt: Number(row.due_at),
    finishedAt: null,
    // The attempt of a leased one is under way.
    attempts: Number(row.state) === UNFINISHED_STATES.leased ? Number(row.attempt) - 1 : Number(row.attempt),
    lastError: row.last_error,
  }))
}

async function listCold(
  database: Pick<Database, 'reader' | 'provider'>,
  which: Which,
  bounds: SequenceBounds,
  page: Page,
): Promise<ListedDelivery[]> {
  const source = endedSource(which)
  const joins = sql`
    JOIN notificatie ON notificatie.id = row.notificatie_id
    LEFT JOIN abonnement ON abonnement.id = row.abonnement_id`
  const rows = await readPage<ColdRow>(
    database,
    source,
    which,
    bounds,
    page,
    sql`
    SELECT row.sequence, row.abonnement_id, row.replay, row.notificatie_id, row.outcome, row.attempts,
      row.last_status, row.reason, row.finished_at,
      notificatie.kanaal, notificatie.client_id, notificatie.received_at, abonnement.name
    ${rowsOf(source, database.provider, joins)} ${endedConditions(which)}`,
  )
  return rows.map((row) => ({
    ...commonFacts(row),
    state: row.outcome as DeliveryState,
    dueAt: null,
    finishedAt: Number(row.finished_at),
    attempts: Number(row.attempts),
    lastError: row.reason,
  }))
}

/** The rows of `select` (up to and with its WHERE) that are asked for, part by part until there are enough. */
async function readPage<Row>(
  database: Pick<Database, 'reader' | 'provider'>,
  source: Source,
  which: Which,
  bounds: SequenceBounds,
  { limit, after }: Page,
  select: Sql,
): Promise<Row[]> {
  const rows: Row[] = []
  for await (const part of partsOf(database, source, which, bounds, after)) {
    const found = await database.reader.$queryRaw<Row[]>`
      ${select} ${commonConditions(which, bounds)} ${part}
      ORDER BY row.sequence DESC, row.abonnement_id DESC LIMIT ${limit - rows.length}`
    rows.push(...found)
    if (rows.length >= limit) break
  }
  return rows
}

/**
 * Outcome, status class and last run, of `delivery_done AS row`; an outcome is one of our own words, so it may stand in
 * the statement, as a partial index asks. Begins with AND.
 */
export function endedConditions({ state, status }: Which): Sql {
  const outcome = state === undefined ? empty : sql`AND row.outcome = ${raw(`'${state}'`)}`
  return sql`${outcome} ${statusCondition(status, 'row.last_status', 'row.reason')} AND ${isLastRun('row')}`
}

function newestFirst(a: DeliveryId, b: DeliveryId): number {
  return b.sequence - a.sequence || (a.abonnementId < b.abonnementId ? 1 : -1)
}

type CommonRow = {
  sequence: bigint
  abonnement_id: string
  replay: number | bigint
  notificatie_id: string
  kanaal: string
  client_id: string
  received_at: bigint
  name: string | null
  last_status: number | bigint | null
}
type HotRow = CommonRow & {
  state: number | bigint
  due_at: bigint
  attempt: number | bigint
  last_error: string | null
}
type ColdRow = CommonRow & {
  outcome: string
  attempts: number | bigint
  reason: string | null
  finished_at: bigint
}

function commonFacts(row: CommonRow) {
  return {
    sequence: Number(row.sequence),
    abonnementId: row.abonnement_id,
    replay: Number(row.replay),
    notificatieId: row.notificatie_id,
    name: row.name,
    kanaal: row.kanaal,
    clientId: row.client_id,
    receivedAt: Number(row.received_at),
    lastStatus: numberOrNull(row.last_status),
  }
}
