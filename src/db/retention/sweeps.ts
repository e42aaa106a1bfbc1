import { empty, raw, sqltag as sql, type Sql } from '@prisma/client/runtime/client'
import { isLastRun } from '../last-run.ts'
import { emptyBodies, removeRows, type Victims } from './remove-rows.ts'

/** Until when (epoch ms) what is over goes. */
export type Cutoffs = {
  attempts: number
  audit: number
  idempotencyKeys: number
  /** Deliveries that ended as delivered or cancelled, and then messages without any. */
  done: number
  /** Dead letters; of a delivery that was sent again, that is its last run. */
  dead: number
  /** The content of messages. */
  bodies: number
}

/** In this order, because a message goes after its deliveries. */
export const SWEEPS = [
  'attempts',
  'audit',
  'idempotencyKeys',
  'done',
  'notificaties',
  'bodies',
  'bodiesOfDone',
] as const
export type SweepName = (typeof SWEEPS)[number]

/** Rows by a moment of theirs, epoch ms. */
export type Span = { from: number; upTo: number; limit: number }

/** What is done with the rows of a table, in the order of a moment that has an index. */
export type Sweep = {
  table: string
  time: string
  /** Younger rows are not looked at. */
  upTo(cutoffs: Cutoffs): number
  act: typeof removeRows
  victims(span: Span, cutoffs: Cutoffs): Victims
}

/** What of a table goes by its own age and, for `due`, by more than that. */
function byAge(
  table: string,
  time: string,
  upTo: Sweep['upTo'],
  due: (cutoffs: Cutoffs) => Sql = () => sql`true`,
): Sweep {
  return {
    table,
    time,
    upTo,
    act: removeRows,
    victims: ({ from, upTo: last, limit }, cutoffs) => ({
      table,
      where: sql`${raw(time)} >= ${BigInt(from)} AND ${raw(time)} <= ${BigInt(last)}`,
      order: sql`ORDER BY ${raw(time)}`,
      due: due(cutoffs),
      limit,
    }),
  }
}

// Not NOT EXISTS: of that PostgreSQL makes a join, and then reads the whole of the other table for 500 messages. This
// way it is one look for each, in the index of hot rows by message and in the key of the ended ones, which begins with
// `sequence`.
const NOT_HOT = sql`(SELECT 1 FROM delivery WHERE delivery.notificatie_id = notificatie.id LIMIT 1) IS NULL`
const NOT_LISTED = sql`(
  SELECT 1 FROM delivery_done WHERE delivery_done.sequence = notificatie.sequence LIMIT 1) IS NULL`

/** All its deliveries ended long enough ago, and none of them badly. */
function bodyIsDue({ bodies }: Cutoffs): Sql {
  return sql`body <> '' AND ${NOT_HOT} AND (
    SELECT 1 FROM delivery_done AS run WHERE run.sequence = notificatie.sequence
      AND (run.finished_at > ${BigInt(bodies)} OR run.outcome = 'dead' AND ${isLastRun('run')}) LIMIT 1) IS NULL`
}

// Else the earlier one would be the last, and a dead letter that was delivered since would be one again. Those that one
// batch would have together go in two rounds.
const NO_EARLIER = sql`(
  SELECT 1 FROM delivery_done AS earlier WHERE earlier.sequence = delivery_done.sequence
    AND earlier.abonnement_id = delivery_done.abonnement_id AND earlier.replay < delivery_done.replay LIMIT 1) IS NULL`

/** By how it ended; one that was sent again goes with what goes first, so that its last run need not wait for it. */
function runIsDue({ done, dead }: Cutoffs): Sql {
  return sql`(
    outcome = 'dead' AND finished_at <= ${BigInt(dead)} OR outcome <> 'dead' AND finished_at <= ${BigInt(done)}
    OR NOT (${isLastRun('delivery_done')})) AND ${NO_EARLIER}`
}

export const SWEEP: Record<SweepName, Sweep> = {
  attempts: byAge('attempt', 'started_at', ({ attempts }) => attempts),
  audit: byAge('audit', 'at', ({ audit }) => audit),
  idempotencyKeys: byAge('idempotency_key', 'created_at', ({ idempotencyKeys }) => idempotencyKeys),
  done: byAge('delivery_done', 'finished_at', ({ done, dead }) => Math.max(done, dead), runIsDue),
  notificaties: byAge(
    'notificatie',
    'received_at',
    ({ done }) => done,
    () => sql`${NOT_HOT} AND ${NOT_LISTED}`,
  ),
  bodies: { ...byAge('notificatie', 'received_at', ({ bodies }) => bodies, bodyIsDue), act: emptyBodies },
  // The same for deliveries that ended lately: cheaper than to look at every message that is left. All of the span:
  // a bound in it would end it before those that are due are chosen, and thousands may end in one millisecond.
  bodiesOfDone: {
    table: 'delivery_done',
    time: 'finished_at',
    upTo: ({ bodies }) => bodies,
    act: emptyBodies,
    victims: ({ from, upTo, limit }, cutoffs) => ({
      table: 'notificatie',
      where: sql`sequence IN (
        SELECT sequence FROM delivery_done WHERE finished_at >= ${BigInt(from)} AND finished_at <= ${BigInt(upTo)})`,
      order: empty,
      due: bodyIsDue(cutoffs),
      limit,
    }),
  },
}
