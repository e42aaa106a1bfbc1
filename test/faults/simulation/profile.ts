import type { Random } from '../../../src/common/clock.ts'
import type { Ordering } from '../../../src/common/model.ts'
import type { EngineSettings } from '../../../src/delivery/engine-settings.ts'

/** What may go wrong in a schedule. */
export const FAULTS = [
  'kill',
  'stop',
  'freeze',
  'link',
  'outage',
  'jump',
  'catalog',
  'pause',
  'moods',
  'replay',
] as const
export type Fault = (typeof FAULTS)[number]

export type Subscription = {
  id: string
  ordering: Ordering
  maxConcurrency: number
  timeoutMs: number
  retry: { maxRetries: number; backoffMs: number; baseFactor: number; backoffMaxMs: number }
}

/** What a schedule is made of; everything in it follows from the seed. Durations in ms. */
export type Profile = {
  faults: ReadonlySet<Fault>
  /** One process that owns its database, as on SQLite. */
  exclusive: boolean
  replicas: number
  lengthMs: number
  messages: number
  maxJumpMs: number
  maxRestSeconds: number
  /** How often each fault happens. */
  times: number
  subscriptions: Subscription[]
  settings: EngineSettings
}

/** On a real database everything takes real time: those schedules are `short`, and no clock jumps by an hour in them. */
export type Kind = { exclusive: boolean; short: boolean }

/** Draws a profile: each fault is there or not, so that some schedules have one alone and some have none. */
export function drawProfile(random: Random, kind: Kind = { exclusive: random() < 0.3, short: false }): Profile {
  const { exclusive, short } = kind
  const int = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1))
  const share = random() * 0.6
  return {
    exclusive,
    faults: new Set(FAULTS.filter(() => random() < share)),
    replicas: exclusive ? 1 : int(1, 3),
    lengthMs: short ? int(2_000, 6_000) : int(4_000, 16_000),
    messages: short ? int(4, 12) : int(5, 30),
    maxJumpMs: short ? 20_000 : 3_600_000,
    maxRestSeconds: short ? 10 : 3_600,
    times: int(1, 4),
    subscriptions: Array.from({ length: int(1, 4) }, (_, index) => ({
      id: `s${index}`,
      ordering: (['none', 'none', 'hoofdObject', 'strict'] as const)[int(0, 3)] as Ordering,
      maxConcurrency: int(1, 4),
      timeoutMs: int(5, 30) * 100,
      retry: { maxRetries: int(1, 6), backoffMs: int(2, 20) * 100, baseFactor: int(1, 3), backoffMaxMs: 10_000 },
    })),
    settings: {
      leaseMs: int(8, 15) * 1_000,
      leaseMarginMs: 1_000,
      pollMs: int(10, 40) * 100,
      reclaimEveryMs: int(10, 40) * 100,
      deadAfterMs: 6_000,
      maxInFlight: int(2, 8),
      maxHeld: int(4, 16),
      maxHeldBytes: int(200, 2_000),
      maxClaimRows: int(2, 16),
    },
  }
}
