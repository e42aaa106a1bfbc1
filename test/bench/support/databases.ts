import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../../support/postgres.ts'

/** Empty databases for a bench, each on a name of its own; all gone at its end. */
export type Databases = {
  /** For files of the bench. */
  folder: string
  /** What was asked for, in the order in which it is measured. */
  providers: readonly Provider[]
  create(provider: Provider): Promise<string>
}
export type Provider = 'SQLite' | 'PostgreSQL'

/** Runs `work` with databases of these kinds; a PostgreSQL is started when one is asked for. */
export async function withDatabases<T>(
  providers: readonly Provider[],
  work: (databases: Databases) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bode-bench-'))
  const postgres = providers.includes('PostgreSQL') ? await startPostgres() : undefined
  let count = 0
  const create = async (provider: Provider): Promise<string> => {
    count += 1
    if (provider === 'SQLite') return `file:${join(folder, `${count}.db`)}`
    return (await postgres?.createDatabase(`bench_${count}`)) ?? ''
  }
  try {
    return await work({ folder, providers, create })
  } finally {
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
