import { Failure } from '../../../common/failure.ts'
import { inspectPostgresql } from '../../../db/inspect-postgresql.ts'
import { inspectSqlite } from '../../../db/inspect-sqlite.ts'
import { migrationStatus } from '../../../db/migration-status.ts'
import { openDatabase, type Database } from '../../../db/open.ts'
import type { DatabaseTarget } from '../../../db/target.ts'
import { reporter, type Finding } from '../finding.ts'
import { judgePostgresql, judgeSqlite } from '../judge-database.ts'

/** Opens the database, or says why not. The caller closes it. */
export async function reachDatabase(target: DatabaseTarget): Promise<{ database: Database } | { finding: Finding }> {
  try {
    return { database: await openDatabase(target.url) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const what =
      target.provider === 'sqlite'
        ? 'make it with: bode db migrate; or correct the path'
        : 'see that PostgreSQL runs there, and that host, port, name, user and password are right'
    // The driver's own words may hold a user name or a part of the URL.
    const code = /\b(?:E[A-Z]{4,}|SQLITE_[A-Z]+|P1\d{3}|28P01|3D000)\b/.exec(error.message)?.[0]
    const message = `it cannot be opened${code === undefined ? '' : ` (${code})`}`
    const advice = { what, where: '--database-url, DATABASE_URL or DATABASE_URL_FILE' }
    return { finding: reporter('database', target.shown).failed({ id: 'unreachable', message, advice }) }
  }
}

/** Its schema and its settings. `usable` is false when nothing more can be read from it. */
export async function databaseFindings(database: Database): Promise<{ findings: Finding[]; usable: boolean }> {
  const schema = await schemaFinding(database)
  const usable = schema.status === 'ok'
  const settings =
    database.provider === 'postgresql'
      ? judgePostgresql(await inspectPostgresql(database), database.target.shown)
      : judgeSqlite(await inspectSqlite(database), database.target.shown)
  return { findings: [schema, ...settings], usable }
}

async function schemaFinding(database: Database): Promise<Finding> {
  const report = reporter('database', database.target.shown)
  const { pending, tooNew, unknown } = await migrationStatus(database)
  if (tooNew) {
    const advice = {
      what: 'use the version of bode that migrated it, or a newer one',
      where: 'this installation of bode',
    }
    return report.failed({ id: 'too-new', message: `a newer program migrated it (${unknown.join(', ')})`, advice })
  }
  if (pending.length > 0) {
    const advice = { what: 'run: bode db migrate', where: 'this machine, with the role that may change the schema' }
    return report.failed({ id: 'not-migrated', message: `its schema is behind (${pending.join(', ')})`, advice })
  }
  return report.ok('ready', 'it answers, and its schema is up to date')
}
