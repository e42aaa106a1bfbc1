import { claimDeliveries } from '../../src/db/claim-deliveries.ts'
import { openDatabase, type Database } from '../../src/db/open.ts'
import { releaseDeliveries } from '../../src/db/release-deliveries.ts'
import { scoped, WARM_UP_MS, type Bench, type Part } from './bench.ts'
import type { Figure } from './figures.ts'
import { acceptMs } from './matching.ts'
import type { Provider } from './support/databases.ts'
import { percentile } from './support/load.ts'
import { fill } from './support/rows.ts'
import { configured, served, type Configured } from './support/served.ts'

const WINDOW_MS = 2_000
const ABONNEMENTEN = 10
/** Claims in one run, of so many rows for each abonnement, and what waits so that there is enough. */
const CLAIMS = 50
const ROOM = 8
const WAITING = 10_000
const AT_MOST = 1.15

/**
 * P10: what accepting and claiming take beside deliveries that ended, against none. Their attempts are left out: neither
 * statement comes near that table.
 */
export const history: Part = async (bench) => {
  const figures: Figure[] = []
  for (const provider of bench.databases.providers) figures.push(...(await measure(bench, provider)))
  return figures
}

async function measure(bench: Bench, provider: Provider): Promise<Figure[]> {
  const { databases, history: finished, say } = bench
  say(`history of ${finished}, ${provider}\n`)
  const prepare = async (ended: number): Promise<Configured> => {
    const databaseUrl = await databases.create(provider)
    const options = { databaseUrl, folder: databases.folder, receiver: 'http://127.0.0.1:9', fanOut: ABONNEMENTEN }
    const prepared = await configured({ ...options, paused: true })
    if (ended > 0) await fill(databaseUrl, 'finished', ended)
    await fill(databaseUrl, 'waiting', WAITING)
    return prepared
  }
  const [empty, full] = [await prepare(0), await prepare(finished)]
  const measured = {
    accept: await acceptsOf(bench, [empty, full]),
    [`claim of ${ABONNEMENTEN * ROOM}`]: await claimsOf(bench, [empty, full]),
  }
  return Object.entries(measured).map(([what, [none = [], beside = []]]) => ({
    id: 'P10',
    name: `${what} beside ${finished} finished deliveries`,
    database: provider,
    unit: 'ms',
    runs: beside,
    baseline: { name: 'none', runs: none },
    target: { atMost: AT_MOST },
  }))
}

/** What each accept took, ms, by run, for each of these. */
function acceptsOf({ runs, windowMs }: Bench, sides: readonly Configured[]): Promise<number[][]> {
  return scoped(async (keep) => {
    const took = sides.map((): number[] => [])
    const urls: string[] = []
    for (const side of sides) urls.push(keep(await served(side)).url)
    for (const url of urls) await acceptMs(url, WARM_UP_MS)
    for (let run = 0; run < runs; run += 1) {
      for (const [index, url] of urls.entries()) took[index]?.push(await acceptMs(url, windowMs(WINDOW_MS)))
    }
    return took
  })
}

/** The same for a claim, the median of many each time. Nothing serves these any more, so they may be active. */
function claimsOf({ runs }: Bench, sides: readonly Configured[]): Promise<number[][]> {
  return scoped(async (keep) => {
    const took = sides.map((): number[] => [])
    const opened: Database[] = []
    for (const { databaseUrl } of sides) {
      const database = await openDatabase(databaseUrl)
      keep({ stop: () => database.close() })
      await database.transaction((tx) => tx.abonnementState.deleteMany())
      await claimMs(database)
      opened.push(database)
    }
    for (let run = 0; run < runs; run += 1) {
      for (const [index, database] of opened.entries()) took[index]?.push(await claimMs(database))
    }
    return took
  })
}

/** Median of claims that lease for every abonnement and then give back, the claim alone, ms. */
async function claimMs(database: Database): Promise<number> {
  const [owner, now] = ['bench', Date.now()]
  const abonnementen = await database.reader.abonnement.findMany({ select: { id: true } })
  const lanes = abonnementen.map(({ id }) => ({ abonnementId: id, room: ROOM, leasedUntilAt: now + 30_000 }))
  const took: number[] = []
  for (let claim = 0; claim < CLAIMS; claim += 1) {
    const from = performance.now()
    const { deliveries } = await claimDeliveries(database, { owner, now, lanes })
    took.push(performance.now() - from)
    if (deliveries.length < lanes.length * ROOM) throw new Error(`a claim gave ${deliveries.length} rows`)
    await releaseDeliveries(database, { owner, leases: deliveries })
  }
  return percentile(took, 0.5)
}
