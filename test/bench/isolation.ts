import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { migrate } from '../../src/db/migrate.ts'
import { TestClock } from '../support/clock.ts'
import { engineWorld } from '../support/engine.ts'
import { Receiver } from '../support/receiver.ts'
import type { Part } from './bench.ts'
import type { Figure } from './figures.ts'
import { percentile } from './support/load.ts'

const WINDOW_MS = 2_000
const AT_MOST = 1.2
const EVERY_MS = 25
const NINE = Array.from({ length: 9 }, (_, index) => `subscriber-${index}`)

/** The clock of the machine, where a test would move one. */
class RealClock extends TestClock {
  override now(): number {
    return Date.now()
  }
}

/**
 * P6: what one subscriber that hangs costs the nine others: the time from a publish to the request at the receiver
 * (p95) beside it, against the same without it.
 */
export const isolation: Part = async ({ databases, runs, windowMs, say }) => {
  const figures: Figure[] = []
  for (const provider of databases.providers) {
    say(`isolation, ${provider}\n`)
    const [without, beside]: [number[], number[]] = [[], []]
    for (let run = 0; run < runs; run += 1) {
      for (const hangs of [false, true]) {
        const url = await databases.create(provider)
        await migrate(url)
        const p95 = await measure(url, hangs, windowMs(WINDOW_MS))
        // A clock of whole milliseconds: less than one says nothing.
        const into = hangs ? beside : without
        into.push(Math.max(p95, 1))
      }
    }
    figures.push({
      id: 'P6',
      name: 'nine beside one that hangs, p95',
      database: provider,
      unit: 'ms',
      runs: beside,
      baseline: { name: 'without', runs: without },
      target: { atMost: AT_MOST },
    })
  }
  return figures
}

/** p95 in ms of the nine, with the tenth hanging or not there at all. */
async function measure(url: string, hangs: boolean, forMs: number): Promise<number> {
  const teardown: (() => unknown)[] = []
  const t = { teardown: (work: () => unknown) => teardown.unshift(work) } as unknown as Test
  try {
    const [receiver, tenth] = [await Receiver.start(t), await Receiver.start(t)]
    tenth.answer('hang')
    const world = await engineWorld(t, url, { clock: new RealClock() })
    for (const name of NINE) world.subscribe(name, receiver.url)
    if (hangs) world.subscribe('hangs', tenth.url)
    const publishedAt = new Map<string, number>()
    const took: number[] = []
    receiver.answer(({ headers, receivedAt }) => {
      took.push(receivedAt - (publishedAt.get(headers['webhook-id'] as string) ?? receivedAt))
      return { status: 204 }
    })
    const messages = Math.floor(forMs / EVERY_MS)
    for (let number = 0; number < messages; number += 1) {
      const from = Date.now()
      const [id] = await world.publish(1, ...NINE, ...(hangs ? ['hangs'] : []))
      publishedAt.set(id as string, from)
      await sleep(EVERY_MS)
    }
    await receiver.received(messages * NINE.length)
    return percentile(took, 0.95)
  } finally {
    for (const work of teardown) await work()
  }
}
