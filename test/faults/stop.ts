import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../src/common/clock.ts'
import { openDatabase } from '../../src/db/open.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { serve } from '../support/program.ts'
import { Receiver } from '../support/receiver.ts'
import { Ledger } from './ledger.ts'
import { compare, configure, drain, recordArrivals, startLoad } from './load.ts'

export type StopReport = { acknowledged: number; lost: string[]; duplicated: number; exits: (number | null)[] }

/** Stops the built server under load with SIGTERM, again and again; the next one goes on where it was (I12). */
export async function stopLoop(options: {
  databaseUrl: string
  iterations: number
  random: Random
  onStop?: (iteration: number) => void
}): Promise<StopReport> {
  const { databaseUrl, iterations, random, onStop } = options
  const folder = mkdtempSync(join(tmpdir(), 'bode-stop-'))
  const receiver = new Receiver()
  await receiver.listen()
  const ledger = new Ledger(join(folder, 'acknowledged'))
  const environment = { DATABASE_URL: databaseUrl, BODE_MASTER_KEY: newMasterKey() }
  const arrived = recordArrivals(receiver, random)
  const exits: (number | null)[] = []
  try {
    await configure(folder, environment, receiver.url)
    for (let iteration = 1; iteration <= iterations; iteration += 1) {
      const server = await serve({ teardown: () => {} }, environment)
      const load = startLoad(server.url, `${iteration}`, ledger)
      await sleep(300 + random() * 1_000)
      exits.push(await server.stop())
      await load.stop()
      onStop?.(iteration)
    }
    const database = await openDatabase(databaseUrl)
    try {
      await drain(environment, database)
      return { ...(await compare(ledger, arrived, database)), exits }
    } finally {
      await database.close()
    }
  } finally {
    ledger.close()
    await receiver.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
