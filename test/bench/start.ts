import type { Bench, Part } from './bench.ts'
import type { Figure } from './figures.ts'
import type { Provider } from './support/databases.ts'
import { configured, served } from './support/served.ts'

/** By abonnementen: ready within, ms. */
const TARGETS = new Map([
  [10, 1_000],
  [10_000, 2_000],
])

/** P8: from the start of `bode serve` until `/readyz` says that it is ready. */
export const start: Part = async (bench) => {
  const figures: Figure[] = []
  for (const provider of bench.databases.providers) {
    for (const [abonnementen, atMost] of TARGETS) figures.push(await measure(bench, provider, { abonnementen, atMost }))
  }
  return figures
}

async function measure(
  { databases, runs, say }: Bench,
  provider: Provider,
  { abonnementen, atMost }: { abonnementen: number; atMost: number },
): Promise<Figure> {
  say(`start, ${abonnementen} abonnementen, ${provider}\n`)
  const databaseUrl = await databases.create(provider)
  const options = { databaseUrl, folder: databases.folder, receiver: 'http://127.0.0.1:9', fanOut: abonnementen }
  const prepared = await configured(options)
  const took: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const server = await served(prepared)
    took.push(server.readyMs)
    await server.stop()
  }
  const name = `cold start to ready, ${abonnementen} abonnementen`
  return { id: 'P8', name, database: provider, unit: 'ms', runs: took, target: { atMost } }
}
