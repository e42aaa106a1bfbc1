import type { Random } from '../../../src/common/clock.ts'
import { EgressError } from '../../../src/egress/egress-error.ts'
import type { Egress, EgressRequest, EgressResponse } from '../../../src/egress/egress.ts'
import type { AttemptResult } from '../../../src/delivery/outcome.ts'
import type { Machine } from './machine.ts'
import type { Oracle } from './oracle.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What a subscriber is like at the moment: how often it answers how. */
export type Mood = 'healthy' | 'flaky' | 'down' | 'hanging' | 'busy' | 'gone'

type Reply =
  | { kind: 'answer'; status: number; retryAfter?: string }
  /** `accepted`: it did its work, and the answer got lost. */
  | { kind: 'broken'; accepted: boolean }
  | { kind: 'hangs' }

const OK: Reply = { kind: 'answer', status: 204 }

export type SubscribersWorld = {
  time: VirtualTime
  random: Random
  oracle: Oracle
  moods: Map<string, Mood>
  timeoutMs: (abonnementId: string) => number
  maxRestSeconds: number
}

export const urlOf = (abonnementId: string, version: number): string => `http://${abonnementId}.test/${version}`

/** The network as one process reaches it, with the subscribers behind it. */
export function simulatedEgress(world: SubscribersWorld, machine: Machine): Egress {
  const { time, random, oracle, moods } = world

  function request({ url, headers, body = '', signal }: EgressRequest): Promise<EgressResponse> {
    const { hostname, pathname } = new URL(url)
    const abonnementId = hostname.replace('.test', '')
    const attempt = Number(headers['webhook-attempt'])
    const notificatieId = headers['webhook-id'] as string
    const version = Number(pathname.slice(1))
    const sent = oracle.sends(machine.id, { notificatieId, abonnementId, attempt, body, version })
    const name = `${sent.delivery.sequence}>${abonnementId} #${attempt}`
    machine.trace('send', [name])
    const reply = REPLIES[moods.get(abonnementId) ?? 'healthy'](random(), world)
    const timeoutMs = world.timeoutMs(abonnementId)
    const [there, back] = [random() * 40, random() * 40]

    return new Promise((resolve, reject) => {
      let cancelTimeout = (): void => {}
      const learn = (ms: number, result: AttemptResult | undefined, give: () => void): (() => void) =>
        time.after(ms, () => machine.run(() => end(result, give)))
      let over = false
      function end(result: AttemptResult | undefined, give: () => void): void {
        if (over) return
        over = true
        cancelTimeout()
        oracle.learns(sent, result)
        machine.trace('learn', [name, result === undefined ? 'aborted' : Object.values(result).join(' ')])
        give()
      }
      const fail = (error: 'timeout' | 'reset' | 'aborted') => (): void => reject(new EgressError(error, 'simulated'))
      cancelTimeout = learn(timeoutMs, { kind: 'error', error: 'timeout' }, fail('timeout'))
      signal?.addEventListener('abort', () => end(undefined, fail('aborted')))
      time.after(there, () => {
        if (reply.kind === 'hangs') return
        if (reply.kind === 'broken') {
          sent.accepted = reply.accepted
          learn(back, { kind: 'error', error: 'reset' }, fail('reset'))
          return
        }
        const { status, retryAfter } = reply
        sent.accepted = status < 300
        const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
        learn(back, { kind: 'answer', status, retryAfter }, () =>
          resolve({ status, headers, body: Buffer.alloc(0), truncated: false, durationMs: there + back }),
        )
      })
    })
  }

  return { request, close: async () => {} }
}

/** How a subscriber answers in each mood, by a throw of the dice. */
const REPLIES: Record<Mood, (dice: number, world: SubscribersWorld) => Reply> = {
  healthy: () => OK,
  flaky: (dice) => {
    if (dice < 0.6) return OK
    if (dice < 0.75) return { kind: 'answer', status: 500 }
    if (dice < 0.8) return { kind: 'answer', status: 404 }
    return dice < 0.9 ? { kind: 'broken', accepted: dice < 0.85 } : { kind: 'hangs' }
  },
  down: (dice) => (dice < 0.5 ? { kind: 'broken', accepted: false } : { kind: 'answer', status: 502 }),
  hanging: () => ({ kind: 'hangs' }),
  busy: (dice, world) => (dice < 0.4 ? OK : { kind: 'answer', status: dice < 0.7 ? 429 : 503, ...restOf(world) }),
  gone: () => ({ kind: 'answer', status: 410 }),
}

function restOf({ random, time, maxRestSeconds }: SubscribersWorld): { retryAfter?: string } {
  if (random() < 0.3) return {}
  const seconds = Math.ceil(random() * (random() < 0.97 ? Math.min(20, maxRestSeconds) : maxRestSeconds))
  if (random() < 0.7) return { retryAfter: String(seconds) }
  return { retryAfter: new Date(Math.ceil((time.clock.now() + seconds * 1_000) / 1_000) * 1_000).toUTCString() }
}
