import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Random } from '../../src/common/clock.ts'
import type { Environment } from '../../src/common/environment.ts'
import { openDatabase, type Database } from '../../src/db/open.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { Receiver } from '../support/receiver.ts'
import { Ledger } from './ledger.ts'
import { configure, recordArrivals } from './load.ts'

export type FaultWorld = {
  /** Of every program that is started on the database. */
  environment: Environment
  /** What publishers were told is stored. */
  ledger: Ledger
  /** How often each delivery was answered with 2xx. */
  arrived: Map<string, number>
}

/** A database with three abonnementen of a receiver, while `work` runs; what `work` started it ends itself. */
export async function inFaultWorld<T>(
  { databaseUrl, random }: { databaseUrl: string; random: Random },
  work: (world: FaultWorld) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bode-fault-'))
  const receiver = new Receiver()
  await receiver.listen()
  const ledger = new Ledger(join(folder, 'acknowledged'))
  const environment = { DATABASE_URL: databaseUrl, BODE_MASTER_KEY: newMasterKey() }
  const arrived = recordArrivals(receiver, random)
  try {
    await configure(folder, environment, receiver.url)
    return await work({ environment, ledger, arrived })
  } finally {
    ledger.close()
    await receiver.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Opens a database while `work` runs. */
export async function withDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(url)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
