import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import type { Random } from '../../../src/common/clock.ts'
import { seededRandom } from '../../faults/seeded-random.ts'
import { messageBody } from '../../support/notificatie.ts'
import { makeToken } from '../../support/token.ts'

/** What a load met: how long each request took until its answer was read, ms, and how many a second that was. */
export type Load = { perSecond: number; tookMs: number[] }

export type Target = {
  /** Where the server listens. */
  origin: string
  path?: string
  /** Other than a publish. */
  body?: string
  status?: number
}

export const PUBLISH = '/api/v1/notificaties'

/** When to stop: after so many ms, or so many messages. */
export type Until = { forMs: number } | { count: number }

/** Publishes as fast as `connections` get their answers: a closed model, for the most that it can do. */
export async function saturate(target: Target, connections: number, until: Until): Promise<Load> {
  const { post, close } = poster(target, connections)
  const tookMs: number[] = []
  const from = performance.now()
  let started = 0
  const goesOn = (): boolean => ('count' in until ? started < until.count : performance.now() < from + until.forMs)
  const worker = async (): Promise<void> => {
    while (goesOn()) {
      started += 1
      tookMs.push(await post())
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  const perSecond = tookMs.length / ((performance.now() - from) / 1_000)
  await close()
  return { perSecond, tookMs }
}

export type Arrivals = {
  perSecond: number
  forMs: number
  random?: Random
  /** Called at every answer. */
  answered?: () => void
}

/**
 * Publishes `perSecond` messages a second for `forMs` ms, at moments of a Poisson process whatever the answers take:
 * an open model, so that a slow answer delays nobody's arrival. What a request took counts from its moment.
 */
export async function arrive(
  target: Target,
  { perSecond, forMs, random = seededRandom(1), answered = () => {} }: Arrivals,
): Promise<Load> {
  const { post, close } = poster(target, 64)
  const running: Promise<number>[] = []
  const from = performance.now()
  for (let due = from; due < from + forMs; due += (-Math.log(1 - random()) * 1_000) / perSecond) {
    const early = due - performance.now()
    // A timer is a millisecond late at least; what is due within one is sent now.
    if (early >= 1) await sleep(early)
    const lateMs = Math.max(0, performance.now() - due)
    running.push(
      post().then((took) => {
        answered()
        return took + lateMs
      }),
    )
  }
  const tookMs = await Promise.all(running)
  await close()
  return { perSecond: tookMs.length / (forMs / 1_000), tookMs }
}

/** The value below which `part` of `values` lie. */
export function percentile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? NaN
}

/** Posts one message and says how long that took, ms. Throws for any other answer than the expected. */
function poster({ origin, path = PUBLISH, body, status = 201 }: Target, connections: number) {
  const pool = new Pool(origin, { connections, pipelining: 1 })
  // A token is the same for a whole second, as clients' are: `iat` has no fraction.
  let token = { second: 0, headers: {} as Record<string, string> }
  const headers = (): Record<string, string> => {
    const now = Date.now()
    const second = Math.floor(now / 1_000)
    if (token.second !== second) {
      const authorization = `Bearer ${makeToken({ now })}`
      token = { second, headers: { 'content-type': 'application/json', authorization } }
    }
    return token.headers
  }
  const message = JSON.stringify(messageBody())
  const [head, tail] = message.split('statussen/2') as [string, string]
  const post = async (): Promise<number> => {
    const from = performance.now()
    // The moment it was sent goes along, for the receiver.
    const text = body ?? `${head}statussen/2#${performance.timeOrigin + from}${tail}`
    const response = await pool.request({ path, method: 'POST', headers: headers(), body: text })
    if (response.statusCode !== status) throw new Error(`${response.statusCode} ${await response.body.text()}`)
    await response.body.dump()
    return performance.now() - from
  }
  return { post, close: () => pool.close() }
}
