import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../src/common/clock.ts'
import { openDatabase } from '../../src/db/open.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { serve } from '../support/program.ts'
import { Receiver } from '../support/receiver.ts'
import { startCrashingPostgres } from './crashing-postgres.ts'
import { Ledger } from './ledger.ts'
import { compare, configure, drain, recordArrivals, startLoad } from './load.ts'

export type PostgresKillReport = {
  acknowledged: number
  lost: string[]
  /** Deliveries answered with 2xx more than once, and how many the server had leased when its database went. */
  duplicated: number
  leasedAtKills: number
  /** How long after its database was back the server said 201 again, ms; it was not touched. */
  recoveredAfterMs: number[]
}

const RECOVERS_WITHIN_MS = 60_000

/**
 * Kills the PostgreSQL server under a running Bode, again and again, by turns with its own immediate shutdown and with
 * SIGKILL. Bode stays: nobody restarts it.
 */
export async function killPostgres(options: {
  iterations: number
  random: Random
  onKill?: (iteration: number) => void
}): Promise<PostgresKillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'bode-postgres-kill-'))
  const postgres = await startCrashingPostgres()
  const receiver = new Receiver()
  await receiver.listen()
  const ledger = new Ledger(join(folder, 'acknowledged'))
  const arrived = recordArrivals(receiver, options.random)
  const recoveredAfterMs: number[] = []
  let leasedAtKills = 0
  try {
    const url = await postgres.createDatabase('bode')
    const environment = { DATABASE_URL: url, BODE_MASTER_KEY: newMasterKey() }
    await configure(folder, environment, receiver.url)
    const server = await serve({ teardown: () => {} }, environment)
    const load = startLoad(server.url, 'run', ledger)
    for (let iteration = 1; iteration <= options.iterations; iteration += 1) {
      await sleep(300 + options.random() * 1_000)
      await postgres.crash(iteration % 2 === 0 ? 'SIGKILL' : 'SIGQUIT')
      await sleep(options.random() * 500)
      const known = ledger.entries().length
      await postgres.restart()
      const from = performance.now()
      const database = await openDatabase(url)
      leasedAtKills += await database.reader.delivery.count({ where: { state: 1 } })
      await database.close()
      while (ledger.entries().length === known) {
        if (performance.now() - from > RECOVERS_WITHIN_MS)
          throw new Error(`no 201 again:\n${server.output().slice(-2_000)}`)
        await sleep(20)
      }
      recoveredAfterMs.push(performance.now() - from)
      options.onKill?.(iteration)
    }
    await load.stop()
    await server.stop()
    const database = await openDatabase(url)
    try {
      await drain(environment, database)
      return { ...(await compare(ledger, arrived, database)), leasedAtKills, recoveredAfterMs }
    } finally {
      await database.close()
    }
  } finally {
    ledger.close()
    await receiver.stop()
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
