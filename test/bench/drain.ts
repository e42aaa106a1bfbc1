import { setTimeout as sleep } from 'node:timers/promises'
import { scoped, WARM_UP_MS, type Bench, type Part } from './bench.ts'
import type { Figure } from './figures.ts'
import type { Provider } from './support/databases.ts'
import { arrive, percentile } from './support/load.ts'
import { startScript } from './support/process.ts'
import { configured, served } from './support/served.ts'

const WINDOW_MS = 60_000
const FAN_OUT = 3
const PER_SECOND = 1_000
const SAMPLE_MS = 250
/** A hundredth of what comes in: less is how an even level looks from outside. */
const GROWS_AT_MOST = (PER_SECOND * FAN_OUT) / 100
const P99_AT_MOST_MS = 50

/** P5: whether a load that goes on is kept up with: the backlog stays as it is, and accepting stays fast. Once. */
export const drain: Part = async (bench) => {
  const figures: Figure[] = []
  for (const provider of bench.databases.providers) figures.push(...(await measure(bench, provider)))
  return figures
}

function measure({ databases, windowMs, say }: Bench, provider: Provider): Promise<Figure[]> {
  const forMs = windowMs(WINDOW_MS)
  say(`drain, ${forMs / 1_000} s, ${provider}\n`)
  return scoped(async (keep) => {
    const receiver = keep(await startScript('receiver'))
    const databaseUrl = await databases.create(provider)
    const options = { databaseUrl, folder: databases.folder, receiver: receiver.url, fanOut: FAN_OUT }
    const { url } = keep(await served(await configured(options)))
    const warm = await arrive({ origin: url }, { perSecond: 200, forMs: WARM_UP_MS })
    let accepted = warm.tookMs.length
    const over = new AbortController()
    const sample = async (): Promise<number[]> => {
      const backlog: number[] = []
      while (!over.signal.aborted) {
        backlog.push(accepted * FAN_OUT - (await receiver.ask<number>('count')))
        await sleep(SAMPLE_MS)
      }
      return backlog
    }
    const sampled = sample()
    const from = performance.now()
    const load = { perSecond: PER_SECOND, forMs, answered: () => (accepted += 1) }
    const { tookMs } = await arrive({ origin: url }, load).finally(() => over.abort())
    const seconds = (performance.now() - from) / 1_000
    const backlog = await sampled
    const shared = { id: 'P5', database: provider } as const
    const at = `at ${PER_SECOND}/s, fan-out ${FAN_OUT}`
    return [
      {
        ...shared,
        name: `backlog grows ${at}`,
        unit: '/s',
        runs: [growth(backlog, seconds)],
        ...atMost(GROWS_AT_MOST),
      },
      { ...shared, name: `accept ${at}, p99`, unit: 'ms', runs: [percentile(tookMs, 0.99)], ...atMost(P99_AT_MOST_MS) },
      { ...shared, name: `accepts ${at}`, unit: '/s', runs: [tookMs.length / seconds] },
    ]
  })
}

function atMost(limit: number): Pick<Figure, 'target'> {
  return { target: { atMost: limit } }
}

/** Deliveries a second, from the second quarter of the time to the last: the first is the beginning. */
function growth(backlog: readonly number[], seconds: number): number {
  const quarter = backlog.length >> 2
  const [before, after] = [backlog.slice(quarter, 2 * quarter), backlog.slice(-quarter)]
  return Math.max(0, percentile(after, 0.5) - percentile(before, 0.5)) / (seconds / 2)
}
