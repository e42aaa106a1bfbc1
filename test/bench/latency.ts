import { setTimeout as sleep } from 'node:timers/promises'
import { scoped, WARM_UP_MS, type Bench, type Part } from './bench.ts'
import type { Figure } from './figures.ts'
import type { Provider } from './support/databases.ts'
import { arrive, percentile } from './support/load.ts'
import { startScript, type Script } from './support/process.ts'
import type { Taken } from './support/receiver.ts'
import { configured, served } from './support/served.ts'

const WINDOW_MS = 4_000
const FAN_OUT = 3
const GIVE_UP_MS = 30_000
/** By messages a second: p95 at most, ms. */
const TARGETS = new Map([
  [50, 25],
  [200, 60],
])

/** P4: from the moment a message is published until a subscriber has it, with publishers that wait for nobody. */
export const latency: Part = async (bench) => {
  const figures: Figure[] = []
  for (const provider of bench.databases.providers) figures.push(...(await measure(bench, provider)))
  return figures
}

function measure({ databases, runs, windowMs, say }: Bench, provider: Provider): Promise<Figure[]> {
  say(`latency, ${provider}\n`)
  return scoped(async (keep) => {
    const receiver = keep(await startScript('receiver'))
    const databaseUrl = await databases.create(provider)
    const options = { databaseUrl, folder: databases.folder, receiver: receiver.url, fanOut: FAN_OUT }
    const { url } = keep(await served(await configured(options)))
    const p95 = async (perSecond: number, forMs: number): Promise<number> => {
      const { tookMs } = await arrive({ origin: url }, { perSecond, forMs })
      return percentile((await receivedAll(receiver, tookMs.length * FAN_OUT)).tookMs, 0.95)
    }
    const rates = [...TARGETS].map(([perSecond, atMost]) => ({ perSecond, atMost, took: [] as number[] }))
    await p95(200, WARM_UP_MS)
    for (let run = 0; run < runs; run += 1) {
      for (const { perSecond, took } of rates) took.push(await p95(perSecond, windowMs(WINDOW_MS)))
    }
    return rates.map(({ perSecond, atMost, took }) => {
      const name = `publish to receipt at ${perSecond}/s, fan-out ${FAN_OUT}, p95`
      return { id: 'P4', name, database: provider, unit: 'ms', runs: took, target: { atMost } }
    })
  })
}

/** What the receiver took, once all of it came. Throws when it does not come. */
export async function receivedAll(receiver: Script, count: number, giveUpMs = GIVE_UP_MS): Promise<Taken> {
  const until = performance.now() + giveUpMs
  for (;;) {
    const there = await receiver.ask<number>('count')
    if (there >= count) return receiver.ask<Taken>('take')
    if (performance.now() > until) throw new Error(`${there} of ${count} deliveries came within ${giveUpMs} ms`)
    await sleep(20)
  }
}
