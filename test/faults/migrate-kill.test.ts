import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { providers } from '../support/databases.ts'
import { query } from '../support/postgres.ts'
import { killMigrations } from './migrate-kill.ts'

// `npm run test:faults -- --migrate` kills before many more.
t.setTimeout(240_000)

for (const provider of providers) {
  void t.test(`I1: a migration that is killed half-way is finished by the next (${provider})`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'bode-migrate-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const admin = process.env['BODE_TEST_POSTGRES'] as string
    const empty = async (): Promise<string> => {
      const name = `t_${randomUUID().replaceAll('-', '')}`
      if (provider === 'sqlite') return `file:${join(folder, `${name}.db`)}`
      await query(admin, `CREATE DATABASE ${name}`)
      t.teardown(() => query(admin, `DROP DATABASE ${name} WITH (FORCE)`))
      return admin.replace(/\/postgres$/, `/${name}`)
    }
    const report = await killMigrations({ empty, times: 3 })
    t.comment(`killed ${report.killed} times, of ${report.statements} statements`)
    t.ok(report.killed >= 3)
    t.strictSame(report.wrong, [])
  })
}
