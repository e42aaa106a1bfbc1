import type { RetentionSettings } from '../common/model.ts'
import { IDEMPOTENCY_MS } from '../db/idempotency-keys.ts'
import type { Cutoffs } from '../db/retention/sweeps.ts'

/**
 * Until when (epoch ms) what is over goes at `now`, exactly that moment included. How a delivery ended is kept as long
 * as its attempts when the messages go sooner: it names nobody, and tells whether a notificatie was ever sent.
 */
export function cutoffsOf(settings: RetentionSettings, now: number): Cutoffs {
  const { notificatiesMs, attemptsMs, deadMs, auditMs } = settings
  return {
    attempts: now - attemptsMs,
    audit: now - auditMs,
    idempotencyKeys: now - IDEMPOTENCY_MS,
    done: now - Math.max(notificatiesMs, attemptsMs),
    dead: now - deadMs,
    bodies: now - notificatiesMs,
  }
}

/** True when the content of a message goes before what is left of it: then it has to be looked for by itself. */
export function bodiesGoFirst({ bodies, done }: Cutoffs): boolean {
  return bodies > done
}
