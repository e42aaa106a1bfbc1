// How fast the engine drains a backlog to a receiver in the same process, and what a claim costs beside one, on
// both databases: `npx tsx test/bench/deliveries.ts [messages] [abonnementen]` (default 2 000 and 5).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { claimDeliveries } from '../../src/db/claim-deliveries.ts'
import { dueDeliveries } from '../../src/db/due-deliveries.ts'
import { migrate } from '../../src/db/migrate.ts'
import type { Database } from '../../src/db/open.ts'
import { releaseDeliveries } from '../../src/db/release-deliveries.ts'
import { insertDeliveries } from '../support/deliveries.ts'
import { engineWorld } from '../support/engine.ts'
import { startPostgres } from '../support/postgres.ts'
import { Receiver } from '../support/receiver.ts'

const messages = Number(process.argv[2] ?? 2_000)
const abonnementIds = Array.from({ length: Number(process.argv[3] ?? 5) }, (_, index) => `abonnement-${index}`)
const CLAIMS = 50

/** Median in ms of claiming eight rows for every lane, and of looking around, beside the whole backlog. */
async function claimCost(database: Database, now: number): Promise<string> {
  const owner = 'bench'
  const lanes = abonnementIds.map((abonnementId) => ({ abonnementId, room: 8, leasedUntilAt: now + 30_000 }))
  const [claims, looks]: [number[], number[]] = [[], []]
  for (let i = 0; i < CLAIMS; i += 1) {
    const from = performance.now()
    const { deliveries } = await claimDeliveries(database, { owner, now, lanes })
    const between = performance.now()
    await dueDeliveries(database)
    claims.push(between - from)
    looks.push(performance.now() - between)
    await releaseDeliveries(database, { owner, leases: deliveries })
  }
  return `claim of ${lanes.length * 8} rows ${median(claims)} ms, look around ${median(looks)} ms`
}

async function measure(name: string, url: string, teardown: (() => unknown)[]): Promise<void> {
  const t = { teardown: (work: () => unknown) => teardown.unshift(work) } as unknown as Test
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url, { start: false })
  for (const id of abonnementIds) world.subscribe(id, receiver.url)
  for (let left = messages; left > 0; left -= 500) {
    await insertDeliveries(world.database, { abonnementIds, count: Math.min(left, 500), now: world.clock.now() })
  }
  const total = messages * abonnementIds.length
  process.stdout.write(`${name}: beside ${total} ready rows: ${await claimCost(world.database, world.clock.now())}\n`)
  const [from, cpu] = [performance.now(), process.cpuUsage()]
  await world.engine.start()
  await receiver.received(total)
  const seconds = (performance.now() - from) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  const busy = (user + system) / 1_000 / total
  process.stdout.write(
    `${name}: ${total} deliveries in ${seconds.toFixed(1)} s, ${(total / seconds).toFixed(0)}/s,` +
      ` ${busy.toFixed(2)} ms CPU each (receiver included)\n`,
  )
}

function median(values: number[]): string {
  return (values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0).toFixed(1)
}

const folder = mkdtempSync(join(tmpdir(), 'bode-bench-'))
const postgres = await startPostgres()
const teardown: (() => unknown)[] = []
try {
  const urls = { SQLite: `file:${join(folder, 'bode.db')}`, [postgres.version]: await postgres.createDatabase('bench') }
  for (const [name, url] of Object.entries(urls)) {
    await migrate(url)
    await measure(name, url, teardown)
    for (const work of teardown.splice(0)) await work()
  }
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
