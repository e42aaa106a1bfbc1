import type { Statements } from './statements.ts'
import type { Provider } from './target.ts'

/** What an attempt showed of a subscriber. Times are epoch ms. */
export type StateChange = { abonnementId: string } & (
  | {
      kind: 'open'
      closedUntilAt: number
      failingSinceAt: number
      /** By the one that had the right to, so its word is the last. */
      probed: boolean
    }
  | { kind: 'close' }
  /** It asked for rest. */
  | { kind: 'rest'; closedUntilAt: number }
  | { kind: 'block'; reason: string }
)

/**
 * Writes what was learnt into `abonnement_state`. Whoever comes later never makes a rest shorter, and never undoes
 * what an operator decided: only `close` ends a breaker, only a resume ends a block.
 */
export async function changeState(tx: Statements, change: StateChange, now: number): Promise<void> {
  const id = change.abonnementId
  const at = BigInt(now)
  if (change.kind === 'close') {
    await tx.$executeRaw`
      UPDATE abonnement_state SET breaker_open = ${false}, closed_until_at = 0, failing_since_at = NULL
      WHERE abonnement_id = ${id}`
  } else if (change.kind === 'block') {
    await tx.$executeRaw`
      INSERT INTO abonnement_state (abonnement_id, status, reason, changed_at, changed_by)
      VALUES (${id}, 'blocked', ${change.reason}, ${at}, 'bode')
      ON CONFLICT (abonnement_id) DO UPDATE
      SET status = 'blocked', reason = excluded.reason, changed_at = excluded.changed_at, changed_by = 'bode'
      WHERE abonnement_state.status = 'active'`
  } else {
    const open = change.kind === 'open'
    const failingSince = open ? BigInt(change.failingSinceAt) : null
    const probed = open && change.probed
    await tx.$executeRaw`
      INSERT INTO abonnement_state (abonnement_id, changed_at, closed_until_at, breaker_open, failing_since_at)
      VALUES (${id}, ${at}, ${BigInt(change.closedUntilAt)}, ${open}, ${failingSince})
      ON CONFLICT (abonnement_id) DO UPDATE
      SET closed_until_at = CASE WHEN abonnement_state.closed_until_at > excluded.closed_until_at AND NOT ${probed}
                                 THEN abonnement_state.closed_until_at ELSE excluded.closed_until_at END,
          breaker_open = abonnement_state.breaker_open OR excluded.breaker_open,
          failing_since_at = COALESCE(abonnement_state.failing_since_at, excluded.failing_since_at)`
  }
}

/** A probe that may be made: the breaker is closed again until `closedUntilAt`, whatever comes of it. */
export type Probe = { abonnementId: string; closedUntilAt: number }

/**
 * Takes the right to probe from all other replicas: returns the abonnementen of which this one has it now, and since
 * when they have been failing. Their breaker is open and its time was over.
 */
export async function takeProbes(
  tx: Statements,
  provider: Provider,
  now: number,
  probes: readonly Probe[],
): Promise<Map<string, number>> {
  if (probes.length === 0) return new Map()
  const json = JSON.stringify(probes)
  const rows = await (provider === 'sqlite'
    ? tx.$queryRaw<Taken[]>`
        UPDATE abonnement_state SET closed_until_at = item.value->>'closedUntilAt'
        FROM json_each(${json}) AS item
        WHERE abonnement_id = item.value->>'abonnementId'
          AND status = 'active' AND breaker_open AND closed_until_at <= ${BigInt(now)}
        RETURNING abonnement_id AS id, failing_since_at AS since`
    : tx.$queryRaw<Taken[]>`
        UPDATE abonnement_state AS state SET closed_until_at = item."closedUntilAt"
        FROM json_to_recordset(${json}::json) AS item("abonnementId" text, "closedUntilAt" bigint)
        WHERE state.abonnement_id = item."abonnementId"
          AND state.status = 'active' AND state.breaker_open AND state.closed_until_at <= ${BigInt(now)}
        RETURNING state.abonnement_id AS id, state.failing_since_at AS since`)
  return new Map(rows.map(({ id, since }) => [id, Number(since ?? now)]))
}

type Taken = { id: string; since: bigint | null }
