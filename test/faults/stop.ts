import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../src/common/clock.ts'
import { serve } from '../support/program.ts'
import { compare, drain, startLoad } from './load.ts'
import { inFaultWorld, withDatabase } from './world.ts'

export type StopReport = { acknowledged: number; lost: string[]; duplicated: number; exits: (number | null)[] }

/** Stops the built server under load with SIGTERM, again and again; the next one goes on where it was (I12). */
export async function stopLoop(options: {
  databaseUrl: string
  iterations: number
  random: Random
  onStop?: (iteration: number) => void
}): Promise<StopReport> {
  const { databaseUrl, iterations, random, onStop } = options
  const exits: (number | null)[] = []
  return inFaultWorld(options, async ({ environment, ledger, arrived }) => {
    for (let iteration = 1; iteration <= iterations; iteration += 1) {
      const server = await serve({ teardown: () => {} }, environment)
      const load = startLoad(server.url, `${iteration}`, ledger)
      await sleep(300 + random() * 1_000)
      exits.push(await server.stop())
      await load.stop()
      onStop?.(iteration)
    }
    return withDatabase(databaseUrl, async (database) => {
      await drain(environment, database)
      return { ...(await compare(ledger, arrived, database)), exits }
    })
  })
}
