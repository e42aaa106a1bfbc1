import { migrate } from '../../src/db/migrate.ts'
import { CONNECTIONS, scoped, WARM_UP_MS, type Bench, type Part } from './bench.ts'
import type { Figure } from './figures.ts'
import type { Provider } from './support/databases.ts'
import { saturate } from './support/load.ts'
import { startScript, type Script } from './support/process.ts'
import { configured, served } from './support/served.ts'

const WINDOW_MS = 2_000
/** By fan-out: at least so much of what bare Fastify does. */
const TARGETS: Record<Provider, ReadonlyMap<number, number>> = {
  SQLite: new Map([
    [1, 0.4],
    [3, 0.3],
    [10, 0.18],
  ]),
  PostgreSQL: new Map([
    [1, 0.3],
    [3, 0.22],
    [10, 0.12],
  ]),
}
const AT_LEAST_ORDINARY = 15

/**
 * P1 and P2: how many messages a second are accepted durably, each with a token that is verified. The abonnementen are
 * paused, for the promise is about accepting alone; what is left while it delivers is told.
 */
export const accept: Part = (bench) =>
  scoped(async (keep) => {
    const bare = keep(await startScript('bare'))
    const figures: Figure[] = []
    for (const provider of bench.databases.providers) {
      for (const [fanOut, atLeast] of TARGETS[provider]) {
        bench.say(`accept, fan-out ${fanOut}, ${provider}\n`)
        const measured = { bench, provider, fanOut, atLeast, bare }
        figures.push(...(await alone(measured)), await beside(measured))
      }
    }
    return figures
  })

type Measured = { bench: Bench; provider: Provider; fanOut: number; atLeast: number; bare: Script }

function alone({ bench, provider, fanOut, atLeast, bare }: Measured): Promise<Figure[]> {
  const { databases, runs } = bench
  return scoped(async (keep) => {
    const ordinaryUrl = await databases.create(provider)
    await migrate(ordinaryUrl)
    const ordinary = keep(await startScript('ordinary', ordinaryUrl, String(fanOut)))
    const databaseUrl = await databases.create(provider)
    const nobody = 'http://127.0.0.1:9'
    const prepared = await configured({ databaseUrl, folder: databases.folder, receiver: nobody, fanOut, paused: true })
    const bode = keep(await served(prepared))
    const measured = [bode, bare, ordinary].map(({ url }) => ({ url, perSecond: [] as number[] }))
    for (const { url } of measured) await saturate({ origin: url }, CONNECTIONS, { forMs: WARM_UP_MS })
    for (let run = 0; run < runs; run += 1) {
      for (const { url, perSecond } of measured) {
        const load = await saturate({ origin: url }, CONNECTIONS, { forMs: bench.windowMs(WINDOW_MS) })
        perSecond.push(load.perSecond)
      }
    }
    const [ours = [], b = [], q = []] = measured.map(({ perSecond }) => perSecond)
    const name = `accepts, fan-out ${fanOut}`
    const figure = {
      id: provider === 'SQLite' ? 'P1' : 'P2',
      name,
      database: provider,
      unit: '/s',
      runs: ours,
    } as const
    return [
      { ...figure, baseline: { name: 'B', runs: b }, target: { atLeast } },
      {
        ...figure,
        baseline: { name: 'Q', runs: q },
        ...(provider === 'SQLite' ? { target: { atLeast: AT_LEAST_ORDINARY } } : {}),
      },
    ]
  })
}

/** Once: what it cannot deliver meanwhile would be in the way of a second run. */
function beside({ bench: { databases, windowMs }, provider, fanOut }: Measured): Promise<Figure> {
  return scoped(async (keep) => {
    const receiver = keep(await startScript('receiver'))
    const databaseUrl = await databases.create(provider)
    const prepared = await configured({ databaseUrl, folder: databases.folder, receiver: receiver.url, fanOut })
    const { url } = keep(await served(prepared))
    await saturate({ origin: url }, CONNECTIONS, { forMs: WARM_UP_MS })
    const { perSecond } = await saturate({ origin: url }, CONNECTIONS, { forMs: windowMs(WINDOW_MS) })
    const id = provider === 'SQLite' ? 'P1' : 'P2'
    const name = `accepts, fan-out ${fanOut}, while it delivers`
    return { id, name, database: provider, unit: '/s', runs: [perSecond] }
  })
}
