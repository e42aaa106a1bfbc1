import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '../../src/common/environment.ts'
import { packageRoot } from '../../src/common/package-root.ts'
import { demandMigrated } from '../../src/db/migration-status.ts'
import { openDatabase } from '../../src/db/open.ts'
import { bode } from '../support/program.ts'

export type MigrateKillReport = {
  /** What a migration of an empty database sends to it. */
  statements: number
  killed: number
  /** What the next migration could not finish. Must be none. */
  wrong: string[]
}

const PARALLEL = 3

/** Kills a real `bode db migrate` before some of its statements (about `times`, spread evenly) and runs it again. */
export async function killMigrations(options: {
  /** URL of a new, empty database. */
  empty: () => Promise<string>
  times: number
  onKill?: (number: number) => void
}): Promise<MigrateKillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'bode-migrate-kill-'))
  try {
    const record = join(folder, 'statements')
    await trapped(await options.empty(), { BODE_TEST_RECORD: record })
    const statements = readFileSync(record, 'utf8').trimEnd().split('\n').length
    const report: MigrateKillReport = { statements, killed: 0, wrong: [] }
    const step = Math.max(1, Math.floor(statements / options.times))
    const left = Array.from({ length: Math.ceil(statements / step) }, (_, index) => 1 + index * step)
    const worker = async (): Promise<void> => {
      for (let number = left.shift(); number !== undefined; number = left.shift()) {
        const url = await options.empty()
        const signal = await trapped(url, { BODE_TEST_KILL_BEFORE: String(number) })
        if (signal === 'SIGKILL') report.killed += 1
        const problem = await migratedAgain(url)
        if (problem !== undefined) report.wrong.push(`before ${number} of ${statements}: ${problem}`)
        options.onKill?.(number)
      }
    }
    await Promise.all(Array.from({ length: PARALLEL }, worker))
    return report
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function trapped(url: string, trap: Environment): Promise<string | null> {
  const args = ['--import', join(import.meta.dirname, 'statement-trap.js'), join(packageRoot, 'dist/bin.js')]
  const env = { PATH: process.env['PATH'], NO_COLOR: '1', DATABASE_URL: url, ...trap }
  const child = spawn(process.execPath, [...args, 'db', 'migrate'], { env, cwd: packageRoot, stdio: 'ignore' })
  return new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
}

async function migratedAgain(url: string): Promise<string | undefined> {
  const { exit, stdout, stderr } = await bode(['db', 'migrate'], { DATABASE_URL: url })
  if (exit !== 0) return `exit ${exit}: ${stdout}${stderr}`
  const database = await openDatabase(url)
  try {
    await demandMigrated(database)
    // The rows that a migration writes must be there once.
    const catalogs = await database.reader.catalog.count()
    return catalogs === 1 ? undefined : `${catalogs} rows of catalog`
  } catch (error) {
    return String(error)
  } finally {
    await database.close()
  }
}
