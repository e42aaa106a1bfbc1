// What one subscriber that hangs costs the nine others: the time from a publish to the request at the receiver (p95)
// beside it, against the same without it. `npm run bench -- isolation [--runs N] [--seconds S] [--check]`: the median
// of N runs (5) on each database; with --check exit 1 when it is above the target.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Test } from 'tap'
import { migrate } from '../../src/db/migrate.ts'
import { TestClock } from '../support/clock.ts'
import { engineWorld } from '../support/engine.ts'
import { startPostgres } from '../support/postgres.ts'
import { Receiver } from '../support/receiver.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    check: { type: 'boolean', default: false },
  },
})
const TARGET = 1.2
const EVERY_MS = 25
const NINE = Array.from({ length: 9 }, (_, index) => `subscriber-${index}`)

/** The clock of the machine, where a test would move one. */
class RealClock extends TestClock {
  override now(): number {
    return Date.now()
  }
}

/** p95 in ms of the nine, with the tenth hanging or not there at all. */
async function measure(url: string, hangs: boolean): Promise<number> {
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
    const messages = Math.floor((Number(values.seconds) * 1_000) / EVERY_MS)
    for (let number = 0; number < messages; number += 1) {
      const from = Date.now()
      const [id] = await world.publish(1, ...NINE, ...(hangs ? ['hangs'] : []))
      publishedAt.set(id as string, from)
      await sleep(EVERY_MS)
    }
    await receiver.received(messages * NINE.length)
    return took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.95)] ?? 0
  } finally {
    for (const work of teardown) await work()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'bode-isolation-'))
const postgres = await startPostgres()
let met = true
try {
  const databases = {
    SQLite: async (name: string) => `file:${join(folder, `${name}.db`)}`,
    [postgres.version]: (name: string) => postgres.createDatabase(name),
  }
  for (const [database, create] of Object.entries(databases)) {
    const ratios: number[] = []
    for (let run = 1; run <= Number(values.runs); run += 1) {
      const figures: number[] = []
      for (const hangs of [false, true]) {
        const url = await create(`isolation_${run}_${hangs ? 'with' : 'without'}`)
        await migrate(url)
        figures.push(await measure(url, hangs))
      }
      const [without = 0, beside = 0] = figures
      // A clock of whole milliseconds: less than one says nothing.
      ratios.push(Math.max(beside, 1) / Math.max(without, 1))
      process.stdout.write(`${database}: p95 ${without} ms without, ${beside} ms beside one that hangs\n`)
    }
    const ratio = ratios.toSorted((a, b) => a - b)[ratios.length >> 1] ?? Infinity
    const verdict = ratio <= TARGET ? 'met' : 'MISSED'
    met &&= ratio <= TARGET
    process.stdout.write(`${database}: median ratio ${ratio.toFixed(2)}, target at most ${TARGET}: ${verdict}\n`)
  }
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(values.check && !met ? 1 : 0)
