import { CONNECTIONS, scoped, WARM_UP_MS, type Bench, type Part } from './bench.ts'
import type { Figure } from './figures.ts'
import type { Provider } from './support/databases.ts'
import { saturate } from './support/load.ts'
import { configured, served } from './support/served.ts'

const WINDOW_MS = 2_000
const MATCHES = 10
const ABONNEMENTEN = 10_000
const AT_MOST = 1.5

/** P9: what an accept takes where ten of ten thousand abonnementen get the message, beside ten of ten. Paused. */
export const matching: Part = async (bench) => {
  const figures: Figure[] = []
  for (const provider of bench.databases.providers) figures.push(await measure(bench, provider))
  return figures
}

function measure({ databases, runs, windowMs, say }: Bench, provider: Provider): Promise<Figure> {
  say(`matching, ${provider}\n`)
  return scoped(async (keep) => {
    const serve = async (others: number): Promise<string> => {
      const databaseUrl = await databases.create(provider)
      const options = { databaseUrl, folder: databases.folder, receiver: 'http://127.0.0.1:9', fanOut: MATCHES }
      return keep(await served(await configured({ ...options, others, paused: true }))).url
    }
    const sides = [await serve(0), await serve(ABONNEMENTEN - MATCHES)].map((origin) => ({
      origin,
      took: [] as number[],
    }))
    for (const { origin } of sides) await acceptMs(origin, WARM_UP_MS)
    for (let run = 0; run < runs; run += 1) {
      for (const { origin, took } of sides) took.push(await acceptMs(origin, windowMs(WINDOW_MS)))
    }
    const [few = [], many = []] = sides.map(({ took }) => took)
    const name = `an accept with ${ABONNEMENTEN} abonnementen that matches ${MATCHES}`
    const figure = { id: 'P9', name, database: provider, unit: 'ms', runs: many } as const
    return { ...figure, baseline: { name: `with ${MATCHES}`, runs: few }, target: { atMost: AT_MOST } }
  })
}

/** What each accept takes of a server that does nothing else, ms. */
export async function acceptMs(origin: string, forMs: number): Promise<number> {
  return 1_000 / (await saturate({ origin }, CONNECTIONS, { forMs })).perSecond
}
