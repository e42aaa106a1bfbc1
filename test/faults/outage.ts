import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { serve } from '../support/program.ts'
import { Receiver } from '../support/receiver.ts'
import { configureFor, drained, publishOnce } from './load.ts'
import { withDatabase } from './world.ts'

export type OutageOptions = {
  /** An empty database. */
  databaseUrl: string
  /** How long the subscriber is down; half of it, it answers 503, and then nobody listens. */
  downMs: number
  /** How long all is well before that, to compare with. */
  wellMs: number
  /** Messages published, without a pause, from the beginning until it has what it missed. */
  perSecond: number
}

export type OutageReport = {
  acknowledged: number
  /** What was published while it was down, and what it was sent meanwhile. */
  missed: number
  requestsWhileDown: number
  /** From its return until it had all it missed, ms. */
  drainedAfterMs: number
  /** Most requests at it at once since its return. */
  mostAtOnce: number
  /** What one of the two did not get, or got more than once, as `abonnement resourceUrl`. */
  lost: string[]
  repeated: string[]
  /** From publish to request at the one that was well (p95, ms): before, during and after the outage of the other. */
  healthyP95: { before: number; during: number; after: number }
}

/** How long the subscriber takes with a request, ms: what is sent at once is at it at once. */
const ANSWERS_AFTER_MS = 20
const DRAINS_WITHIN_MS = 180_000

type Message = { id: string; publishedAt: number; acknowledged: boolean }

/** A subscriber of the built server that is down for a while, beside one that is not. Times are those of the machine. */
export async function outage({ databaseUrl, downMs, wellMs, perSecond }: OutageOptions): Promise<OutageReport> {
  const folder = mkdtempSync(join(tmpdir(), 'bode-outage-'))
  const [healthy, away] = [new Receiver(), new Receiver()]
  await Promise.all([healthy.listen(), away.listen()])
  const port = Number(new URL(away.url).port)
  const environment = { DATABASE_URL: databaseUrl, BODE_MASTER_KEY: newMasterKey() }
  const teardown: (() => unknown)[] = []
  try {
    const arrived = { healthy: recordTimes(healthy, 0), away: recordTimes(away, ANSWERS_AFTER_MS) }
    await configureFor(folder, environment, { healthy: healthy.url, away: away.url })
    const server = await serve({ teardown: (work) => teardown.push(work) }, environment)
    const publisher = publishSteadily(server.url, perSecond)
    teardown.unshift(() => publisher.stop())
    await sleep(wellMs)

    const downAt = performance.now()
    away.answer({ status: 503 })
    await sleep(downMs / 2)
    const answered503 = away.requests.length
    await away.stop()
    await sleep(downMs / 2)
    const sentBefore = [...arrived.away.values()].flat().filter((at) => at < downAt).length
    const requestsWhileDown = answered503 - sentBefore

    away.maxInFlight = 0
    recordTimes(away, ANSWERS_AFTER_MS, arrived.away)
    await away.listen(port)
    const backAt = performance.now()
    const missed = publisher.messages.filter(({ publishedAt }) => publishedAt >= downAt && publishedAt < backAt)
    while (missed.some(({ id, acknowledged }) => acknowledged && !arrived.away.has(id))) {
      if (performance.now() - backAt > DRAINS_WITHIN_MS)
        throw new Error(`not drained:\n${server.output().slice(-2_000)}`)
      await sleep(20)
    }
    const drainedAt = performance.now()
    await sleep(wellMs)
    await publisher.stop()
    await withDatabase(databaseUrl, drained)

    const acknowledged = publisher.messages.filter((message) => message.acknowledged)
    const each = Object.entries(arrived).flatMap(([name, times]) =>
      acknowledged.map(({ id }) => ({ key: `${name} ${id}`, count: times.get(id)?.length ?? 0 })),
    )
    const p95 = (from: number, to: number): number =>
      percentile95(
        acknowledged
          .filter(({ publishedAt }) => publishedAt >= from && publishedAt < to)
          .map(({ id, publishedAt }) => (arrived.healthy.get(id)?.[0] ?? Infinity) - publishedAt),
      )
    return {
      acknowledged: acknowledged.length,
      missed: missed.length,
      requestsWhileDown,
      drainedAfterMs: drainedAt - backAt,
      mostAtOnce: away.maxInFlight,
      lost: each.filter(({ count }) => count === 0).map(({ key }) => key),
      repeated: each.filter(({ count }) => count > 1).map(({ key }) => key),
      healthyP95: { before: p95(0, downAt), during: p95(downAt, backAt), after: p95(backAt, drainedAt) },
    }
  } finally {
    for (const work of teardown) await work()
    await Promise.all([healthy.stop(), away.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
}

/** From now on it answers 204; when each message arrived, by its resourceUrl. */
function recordTimes(
  receiver: Receiver,
  delayMs: number,
  times: Map<string, number[]> = new Map(),
): Map<string, number[]> {
  receiver.answer(({ body }) => {
    const { resourceUrl } = JSON.parse(body) as { resourceUrl: string }
    times.set(resourceUrl, [...(times.get(resourceUrl) ?? []), performance.now()])
    return { status: 204, delayMs }
  })
  return times
}

/** Publishes so many messages a second whether or not the former have their answer. */
function publishSteadily(url: string, perSecond: number): { messages: Message[]; stop(): Promise<void> } {
  const agent = new Agent({ connections: 32 })
  const messages: Message[] = []
  const underWay = new Set<Promise<void>>()
  const publish = async (): Promise<void> => {
    const id = `http://zaken.test/${messages.length}`
    const message = { id, publishedAt: performance.now(), acknowledged: false }
    messages.push(message)
    message.acknowledged = (await publishOnce(url, id, agent).catch(() => 0)) === 201
  }
  const timer = setInterval(() => {
    const one = publish().finally(() => underWay.delete(one))
    underWay.add(one)
  }, 1_000 / perSecond)
  return {
    messages,
    stop: async () => {
      clearInterval(timer)
      await Promise.all(underWay)
      if (!agent.closed) await agent.close()
    },
  }
}

function percentile95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0
}
