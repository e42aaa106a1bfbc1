import { credentialExpiries } from '../common/credential-expiries.ts'
import type { AlertSettings } from '../common/model.ts'
import type { Snapshot } from '../common/snapshot.ts'
import type { LaneFacts } from '../db/alerts/lane-facts.ts'
import type { Finding } from './alert.ts'

/** An operator who pauses means to come back the same day. */
const PAUSED_AFTER_MS = 24 * 3_600_000

/** Everything that is wrong at `now` (epoch ms). What is left of an abonnement that is no longer there is not. */
export function findAlerts(facts: readonly LaneFacts[], snapshot: Snapshot, now: number): Finding[] {
  const { alerts } = snapshot.settings
  const ofLanes = facts.flatMap((lane) => {
    const name = snapshot.abonnementen.get(lane.abonnementId)?.name
    if (name === undefined) return []
    return ofLane(lane, alerts, now).map((found) => ({ subject: lane.abonnementId, name, ...found }))
  })
  return [...ofLanes, ...ofCredentials(snapshot, alerts, now)]
}

function ofLane(lane: LaneFacts, settings: AlertSettings, now: number): Omit<Finding, 'subject' | 'name'>[] {
  const { stopped, failingSinceAt, dueAt, waiting: count, dead } = lane
  const found: Omit<Finding, 'subject' | 'name'>[] = []
  if (dead !== null) {
    const { oldestAt: since, newestAt, reason } = dead
    found.push({ kind: 'dead', since, newestAt, count: dead.count, ...because(reason) })
  }
  if (stopped !== null) {
    const { status, since, reason } = stopped
    if (status === 'blocked') found.push({ kind: 'blocked', since, count, ...because(reason) })
    else if (now - since >= PAUSED_AFTER_MS) found.push({ kind: 'paused', since, count, ...because(reason) })
    return found
  }
  if (failingSinceAt !== null && now - failingSinceAt >= settings.failingAfterMs) {
    found.push({ kind: 'failing', since: failingSinceAt, count })
  }
  if (dueAt !== null && now - dueAt >= settings.waitingAfterMs) found.push({ kind: 'waiting', since: dueAt, count })
  return found
}

/** What ends soon, or has ended and is still in use. A previous secret that has ended is no news: it was meant to. */
function ofCredentials(snapshot: Snapshot, { expiresWithinMs }: AlertSettings, now: number): Finding[] {
  return credentialExpiries(snapshot)
    .filter(({ kind, expiresAt }) => {
      return expiresAt - now <= expiresWithinMs && !(kind === 'previous-secret' && expiresAt <= now)
    })
    .map(({ subject, expiresAt }) => ({
      kind: 'credential',
      subject,
      name: subject,
      since: expiresAt - expiresWithinMs,
      reason: `${expiresAt <= now ? 'ended' : 'ends'} ${new Date(expiresAt).toISOString()}`,
    }))
}

function because(reason: string | null): { reason?: string } {
  return reason === null ? {} : { reason }
}
