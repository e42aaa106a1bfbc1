import { setTimeout as sleep } from 'node:timers/promises'
import { messageBody } from '../support/notificatie.ts'
import { CONNECTIONS, scoped, WARM_UP_MS, type Bench, type Part } from './bench.ts'
import type { Figure } from './figures.ts'
import type { Provider } from './support/databases.ts'
import { saturate } from './support/load.ts'
import { startScript, type Script } from './support/process.ts'
import type { Taken } from './support/receiver.ts'
import { fill } from './support/rows.ts'
import { configured, served } from './support/served.ts'

const WINDOW_MS = 3_000
const GIVE_UP_MS = 30_000
const ABONNEMENTEN = 20
const AT_LEAST = 0.35
const BODY = JSON.stringify(messageBody())

/**
 * P3: how many deliveries a second leave a backlog, to one fast receiver behind twenty abonnementen, beside U: a process
 * that posts the same body to the same receiver and does nothing else. Each run starts a server on a backlog that was
 * made full again.
 */
export const deliver: Part = async (bench) => {
  const figures: Figure[] = []
  for (const provider of bench.databases.providers) figures.push(await drained(bench, provider))
  return figures
}

function drained({ databases, runs, windowMs, backlog, say }: Bench, provider: Provider): Promise<Figure> {
  say(`deliver, ${backlog} deliveries, ${provider}\n`)
  return scoped(async (keep) => {
    const receiver = keep(await startScript('receiver'))
    const databaseUrl = await databases.create(provider)
    const options = { databaseUrl, folder: databases.folder, receiver: receiver.url, fanOut: ABONNEMENTEN }
    const prepared = await configured(options)
    const undici = { origin: receiver.url, path: '/abonnement-0', body: BODY, status: 204 }
    await saturate(undici, CONNECTIONS, { forMs: WARM_UP_MS })
    const [ours, theirs]: [number[], number[]] = [[], []]
    for (let run = 0; run < runs; run += 1) {
      await fill(databaseUrl, 'waiting', backlog)
      theirs.push((await saturate(undici, CONNECTIONS, { forMs: windowMs(WINDOW_MS) })).perSecond)
      const server = await served(prepared)
      ours.push(await received(receiver, windowMs(WINDOW_MS)))
      await server.stop()
    }
    const name = `deliveries from a backlog of ${backlog}`
    const figure = { id: 'P3', name, database: provider, unit: '/s', runs: ours } as const
    return { ...figure, baseline: { name: 'U', runs: theirs }, target: { atLeast: AT_LEAST } }
  })
}

/** How many a second come in, once it is at it. Throws when nothing comes. */
async function received(receiver: Script, forMs: number): Promise<number> {
  await receiver.ask<Taken>('take')
  const until = performance.now() + GIVE_UP_MS
  while ((await receiver.ask<number>('count')) === 0) {
    if (performance.now() > until) throw new Error(`nothing was delivered within ${GIVE_UP_MS} ms`)
    await sleep(5)
  }
  await sleep(WARM_UP_MS)
  await receiver.ask<Taken>('take')
  const from = performance.now()
  await sleep(forMs)
  const { count } = await receiver.ask<Taken>('take')
  return count / ((performance.now() - from) / 1_000)
}
