import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../src/common/clock.ts'
import { serve } from '../support/program.ts'
import { startCrashingPostgres } from './crashing-postgres.ts'
import { compare, drain, startLoad } from './load.ts'
import { inFaultWorld, withDatabase } from './world.ts'

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
  const { iterations, random, onKill } = options
  const postgres = await startCrashingPostgres()
  const recoveredAfterMs: number[] = []
  let leasedAtKills = 0
  try {
    const url = await postgres.createDatabase('bode')
    return await inFaultWorld({ databaseUrl: url, random }, async ({ environment, ledger, arrived }) => {
      const server = await serve({ teardown: () => {} }, environment)
      const load = startLoad(server.url, 'run', ledger)
      for (let iteration = 1; iteration <= iterations; iteration += 1) {
        await sleep(300 + random() * 1_000)
        await postgres.crash(iteration % 2 === 0 ? 'SIGKILL' : 'SIGQUIT')
        await sleep(random() * 500)
        const known = ledger.entries().length
        await postgres.restart()
        const from = performance.now()
        leasedAtKills += await withDatabase(url, ({ reader }) => reader.delivery.count({ where: { state: 1 } }))
        while (ledger.entries().length === known) {
          if (performance.now() - from > RECOVERS_WITHIN_MS)
            throw new Error(`no 201 again:\n${server.output().slice(-2_000)}`)
          await sleep(20)
        }
        recoveredAfterMs.push(performance.now() - from)
        onKill?.(iteration)
      }
      await load.stop()
      await server.stop()
      return withDatabase(url, async (database) => {
        await drain(environment, database)
        return { ...(await compare(ledger, arrived, database)), leasedAtKills, recoveredAfterMs }
      })
    })
  } finally {
    await postgres.stop()
  }
}
