import { openDatabase } from '../../src/db/open.ts'
import { CONNECTIONS, scoped, WARM_UP_MS, type Part } from './bench.ts'
import type { Figure } from './figures.ts'
import { receivedAll } from './latency.ts'
import { saturate } from './support/load.ts'
import { startScript, type Script } from './support/process.ts'
import type { Taken } from './support/receiver.ts'
import { fill } from './support/rows.ts'
import { configured, served, type Configured } from './support/served.ts'

const WINDOW_MS = 2_000
const ABONNEMENTEN = 20
/** This part of the backlog that is drained elsewhere: here it is drained to its end, by one and by two. */
const OF_BACKLOG = 1 / 20
const GIVE_UP_MS = 120_000

/** P11: two servers on one PostgreSQL beside one, accepting and draining; and that both together do all, once. */
export const replicas: Part = (bench) =>
  scoped(async (keep) => {
    if (!bench.databases.providers.includes('PostgreSQL')) return []
    bench.say('replicas, PostgreSQL\n')
    const receiver = keep(await startScript('receiver'))
    const prepare = async (paused: boolean): Promise<Configured> => {
      const databaseUrl = await bench.databases.create('PostgreSQL')
      const { folder } = bench.databases
      return configured({ databaseUrl, folder, receiver: receiver.url, fanOut: ABONNEMENTEN, paused })
    }
    const [accepting, draining] = [await prepare(true), await prepare(false)]
    const backlog = Math.ceil((bench.backlog * OF_BACKLOG) / ABONNEMENTEN) * ABONNEMENTEN
    const sides = [1, 2].map((servers) => ({ servers, accepts: [] as number[], drains: [] as number[] }))
    for (let run = 0; run < bench.runs; run += 1) {
      for (const { servers, accepts, drains } of sides) {
        accepts.push(await accepted(accepting, servers, bench.windowMs(WINDOW_MS)))
        await fill(draining.databaseUrl, 'waiting', backlog)
        drains.push(await drained(draining, servers, receiver, backlog))
      }
    }
    const [one, two] = sides.map(({ accepts, drains }) => ({ accepts, drains }))
    const { lost, twice } = await faults(draining.databaseUrl, 2 * bench.runs * backlog)
    const shared = { id: 'P11', database: 'PostgreSQL' } as const
    const besideOne = (name: string, runs: number[] = [], baseline: number[] = []): Figure => {
      return { ...shared, name, unit: '/s', runs, baseline: { name: 'one', runs: baseline } }
    }
    return [
      besideOne('accepts of two replicas', two?.accepts, one?.accepts),
      besideOne('deliveries of two replicas', two?.drains, one?.drains),
      { ...shared, name: 'replicas: deliveries lost', unit: 'count', runs: [lost], target: { atMost: 0 } },
      { ...shared, name: 'replicas: deliveries claimed twice', unit: 'count', runs: [twice], target: { atMost: 0 } },
    ]
  })

/** Accepts a second of so many servers, the connections dealt out over them. */
function accepted(prepared: Configured, servers: number, forMs: number): Promise<number> {
  return scoped(async (keep) => {
    const urls: string[] = []
    for (let server = 0; server < servers; server += 1) urls.push(keep(await served(prepared)).url)
    const load = async (until: { forMs: number }): Promise<number> => {
      const loads = await Promise.all(urls.map((origin) => saturate({ origin }, CONNECTIONS / servers, until)))
      return loads.reduce((sum, { perSecond }) => sum + perSecond, 0)
    }
    await load({ forMs: WARM_UP_MS })
    return load({ forMs })
  })
}

/** Deliveries a second of so many servers, from the first that came to the last of the backlog. */
function drained(prepared: Configured, servers: number, receiver: Script, backlog: number): Promise<number> {
  return scoped(async (keep) => {
    await receiver.ask<Taken>('take')
    await Promise.all(Array.from({ length: servers }, async () => keep(await served(prepared))))
    const from = performance.now()
    const already = await receiver.ask<number>('count')
    await receivedAll(receiver, backlog, GIVE_UP_MS)
    return (backlog - already) / ((performance.now() - from) / 1_000)
  })
}

/** Of so many deliveries: those that did not end well, and what was claimed more often than once. */
async function faults(databaseUrl: string, deliveries: number): Promise<{ lost: number; twice: number }> {
  const database = await openDatabase(databaseUrl)
  try {
    const done = await database.reader.deliveryDone.count({ where: { outcome: 'delivered' } })
    const attempts = await database.reader.attempt.count()
    return { lost: deliveries - done, twice: attempts - done }
  } finally {
    await database.close()
  }
}
