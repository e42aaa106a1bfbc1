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
/** Of what the ordinary way does, on SQLite. */
const AT_LEAST_ORDINARY = 15
const IDS = { SQLite: 'P1', PostgreSQL: 'P2' } as const

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
        figures.push(...(await alone(measured)), await whileDelivering(measured))
      }
    }
    return figures
  })

type Measured = { bench: Bench; provider: Provider; fanOut: number; atLeast: number; bare: Script }

function alone({ bench, provider, fanOut, atLeast, bare }: Measured): Promise<Figure[]> {
  const { databases, runs } = bench
  return scoped(async (keep) => {
    const ordinary = async (): Promise<Script> => {
      const databaseUrl = await databases.create(provider)
      await migrate(databaseUrl)
      return keep(await startScript('ordinary', databaseUrl, String(fanOut)))
    }
    const databaseUrl = await databases.create(provider)
    const options = { databaseUrl, folder: databases.folder, receiver: 'http://127.0.0.1:9', fanOut, paused: true }
    const bode = keep(await served(await configured(options)))
    const sides = [{ url: bode.url }, { name: 'B', url: bare.url, atLeast }].map(withRuns)
    if (provider === 'SQLite')
      sides.push(withRuns({ name: 'Q', url: (await ordinary()).url, atLeast: AT_LEAST_ORDINARY }))
    for (const { url } of sides) await saturate({ origin: url }, CONNECTIONS, { forMs: WARM_UP_MS })
    for (let run = 0; run < runs; run += 1) {
      for (const { url, perSecond } of sides) {
        const load = await saturate({ origin: url }, CONNECTIONS, { forMs: bench.windowMs(WINDOW_MS) })
        perSecond.push(load.perSecond)
      }
    }
    const [ours, ...baselines] = sides
    return baselines.map(({ name = '', perSecond, atLeast = 0 }) => ({
      id: IDS[provider],
      name: `accepts, fan-out ${fanOut}`,
      database: provider,
      unit: '/s',
      runs: ours?.perSecond ?? [],
      baseline: { name, runs: perSecond },
      target: { atLeast },
    }))
  })
}

type Side = { name?: string; url: string; atLeast?: number }

function withRuns(side: Side): Side & { perSecond: number[] } {
  return { ...side, perSecond: [] }
}

/** Once: what it cannot deliver meanwhile would be in the way of a second run. */
function whileDelivering({ bench: { databases, windowMs }, provider, fanOut }: Measured): Promise<Figure> {
  return scoped(async (keep) => {
    const receiver = keep(await startScript('receiver'))
    const databaseUrl = await databases.create(provider)
    const prepared = await configured({ databaseUrl, folder: databases.folder, receiver: receiver.url, fanOut })
    const { url } = keep(await served(prepared))
    await saturate({ origin: url }, CONNECTIONS, { forMs: WARM_UP_MS })
    const { perSecond } = await saturate({ origin: url }, CONNECTIONS, { forMs: windowMs(WINDOW_MS) })
    const name = `accepts, fan-out ${fanOut}, while it delivers`
    return { id: IDS[provider], name, database: provider, unit: '/s', runs: [perSecond] }
  })
}
