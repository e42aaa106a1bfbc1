import type { Clock, Timers } from '../common/clock.ts'
import { credentialExpiries, type CredentialExpiry } from '../common/credential-expiries.ts'
import type { Snapshot } from '../common/snapshot.ts'
import type { Logger } from '../observability/logger.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** From so long before its end on, a credential is warned of. */
const WARN_MS = 14 * DAY_MS

export type CredentialWatch = { stop(): void }

/**
 * Warns in the log of credentials that end within 14 days or have ended: at the start, and then once a day for as
 * long as that is so. A previous secret is meant to end, so of that only its coming end is told. What comes with
 * another configuration is seen within the hour.
 */
export function watchCredentials(options: {
  snapshot: () => Snapshot
  clock: Clock
  timers: Timers
  logger: Logger
}): CredentialWatch {
  const { snapshot, clock, timers, logger } = options
  let told = new Map<string, number>()
  let cancel = (): void => {}

  function look(): void {
    const now = clock.now()
    const near = credentialExpiries(snapshot()).filter((each) => deservesWarning(each, now))
    const again = new Map<string, number>()
    for (const { kind, subject, expiresAt } of near) {
      // The end takes part: what was renewed, and ends soon again, is something else.
      const key = `${subject} ${expiresAt}`
      const last = told.get(key)
      const isDue = last === undefined || now - last >= DAY_MS
      again.set(key, isDue ? now : last)
      if (!isDue) continue
      const line = { kind, subject, expiresAt: new Date(expiresAt).toISOString() }
      logger.warn(line, expiresAt <= now ? 'a credential has expired' : 'a credential expires soon')
    }
    // Of what is not there any more nothing is remembered.
    told = again
    cancel = timers.after(HOUR_MS, look)
  }

  look()
  return { stop: () => cancel() }
}

function deservesWarning({ kind, expiresAt }: CredentialExpiry, now: number): boolean {
  return expiresAt - now <= WARN_MS && !(kind === 'previous-secret' && expiresAt <= now)
}
