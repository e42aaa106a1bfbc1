import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { openDatabase, type Database } from '../../src/db/open.ts'
import type { Provider } from '../../src/db/target.ts'
import { query } from './postgres.ts'

export const providers: readonly Provider[] = ['sqlite', 'postgresql']

/** Runs the same test once on each database: `body` gets the URL of a fresh, migrated one. */
export function onEachDatabase(
  t: Test,
  name: string,
  body: (t: Test, url: string, provider: Provider) => Promise<void>,
): void {
  for (const provider of providers) {
    void t.test(`${name} (${provider})`, async (t) => body(t, await freshDatabaseUrl(t, provider), provider))
  }
}

/** A migrated database of this test's own, gone when the test ends. */
export async function freshDatabaseUrl(t: Test, provider: Provider): Promise<string> {
  if (provider === 'sqlite') {
    // Not t.testdir: a test that calls that itself would wipe the database.
    const folder = mkdtempSync(join(tmpdir(), 'bode-db-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'bode.db')
    copyFileSync(shared('BODE_TEST_SQLITE_TEMPLATE'), file)
    return `file:${file}`
  }
  const admin = shared('BODE_TEST_POSTGRES')
  const name = `t_${randomUUID().replaceAll('-', '')}`
  await query(admin, `CREATE DATABASE ${name} TEMPLATE bode_template`)
  t.teardown(() => query(admin, `DROP DATABASE ${name} WITH (FORCE)`))
  return admin.replace(/\/postgres$/, `/${name}`)
}

/** Opens `url` for this test and closes it at its end. */
export async function openTestDatabase(t: Test, url: string): Promise<Database> {
  const database = await openDatabase(url)
  t.teardown(() => database.close())
  return database
}

function shared(variable: string): string {
  const value = process.env[variable]
  if (value === undefined) throw new Error(`${variable} is not set: run the tests with npm test`)
  return value
}
