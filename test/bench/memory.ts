import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { CONNECTIONS, scoped, type Bench, type Part } from './bench.ts'
import type { Figure } from './figures.ts'
import { receivedAll } from './latency.ts'
import type { Provider } from './support/databases.ts'
import { percentile, saturate } from './support/load.ts'
import { startScript } from './support/process.ts'
import { fill } from './support/rows.ts'
import { configured, served, type Served } from './support/served.ts'

const WINDOW_MS = 10_000
/** How long a server is left alone before its idle memory is looked at, and for how long that is. */
const REST_MS = 3_000
const SAMPLE_MS = 100
const ABONNEMENTEN = 10
/** As many times the backlog that is drained elsewhere. */
const BACKLOGS = 10
/** This part of an hour goes before, so that what is compilation and caches has its size. */
const WARM_UP = 1 / 6
const GIVE_UP_MS = 600_000
const IDLE_AT_MOST_MB = 130
const BACKLOG_AT_MOST_MB = 400
const FLAT = 1.15

/**
 * P7: resident memory of the server's process: idle; at most while a large backlog is worked off; and at rest after the
 * messages of an hour, published as fast as they are accepted, beside what it was before them. Once.
 */
export const memory: Part = async (bench) => {
  const figures: Figure[] = []
  for (const provider of bench.databases.providers) {
    figures.push(...(await beside(bench, provider)), await hour(bench, provider))
  }
  return figures
}

function beside({ databases, windowMs, backlog, say }: Bench, provider: Provider): Promise<Figure[]> {
  const waiting = BACKLOGS * backlog
  say(`memory, a backlog of ${waiting}, ${provider}\n`)
  return scoped(async (keep) => {
    const receiver = keep(await startScript('receiver'))
    const databaseUrl = await databases.create(provider)
    const options = { databaseUrl, folder: databases.folder, receiver: receiver.url, fanOut: ABONNEMENTEN }
    const prepared = await configured(options)
    const first = await served(prepared)
    const idle = await atRest(first)
    await first.stop()
    await fill(databaseUrl, 'waiting', waiting)
    const second = keep(await served(prepared))
    const peak = Math.max(...(await watched(second, windowMs(WINDOW_MS))))
    const shared = { id: 'P7', database: provider, unit: 'MB' } as const
    return [
      { ...shared, name: 'memory, idle', runs: [idle], target: { atMost: IDLE_AT_MOST_MB } },
      { ...shared, name: `memory, backlog of ${waiting}`, runs: [peak], target: { atMost: BACKLOG_AT_MOST_MB } },
    ]
  })
}

function hour({ databases, messages, say }: Bench, provider: Provider): Promise<Figure> {
  say(`memory, ${messages} messages, ${provider}\n`)
  return scoped(async (keep) => {
    const receiver = keep(await startScript('receiver'))
    const databaseUrl = await databases.create(provider)
    const options = { databaseUrl, folder: databases.folder, receiver: receiver.url, fanOut: 1 }
    const server = keep(await served(await configured(options)))
    const after = async (count: number): Promise<number> => {
      await saturate({ origin: server.url }, CONNECTIONS, { count })
      await receivedAll(receiver, count, GIVE_UP_MS)
      return atRest(server)
    }
    const before = await after(Math.ceil(messages * WARM_UP))
    const name = `memory, at rest after ${messages} messages`
    const figure = { id: 'P7', name, database: provider, unit: 'MB', runs: [await after(messages)] } as const
    return { ...figure, baseline: { name: 'before', runs: [before] }, target: { atMost: FLAT } }
  })
}

async function atRest(server: Served): Promise<number> {
  await sleep(REST_MS)
  return percentile(await watched(server, REST_MS), 0.5)
}

/** Resident memory of the process while `forMs` ms go by, MB, on Linux. */
async function watched({ pid }: Served, forMs: number): Promise<number[]> {
  const seen: number[] = []
  for (const from = performance.now(); performance.now() < from + forMs; await sleep(SAMPLE_MS)) {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    seen.push(Number(kibibytes) / 1_024)
  }
  return seen
}
