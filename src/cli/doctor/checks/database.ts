import { existsSync } from 'node:fs'
import { Failure } from '../../../common/failure.ts'
import { openingFault } from '../../../db/driver-errors.ts'
import { inspectPostgresql } from '../../../db/inspect-postgresql.ts'
import { inspectSqlite } from '../../../db/inspect-sqlite.ts'
import { migrationStatus } from '../../../db/migration-status.ts'
import { openDatabase, type Database } from '../../../db/open.ts'
import type { DatabaseTarget } from '../../../db/target.ts'
import { reporter, type Finding, type Remark } from '../finding.ts'
import { judgePostgresql, judgeSqlite } from '../judge-database.ts'

/** Opens the database, or says why not. The caller closes it. */
export async function reachDatabase(target: DatabaseTarget): Promise<{ database: Database } | { finding: Finding }> {
  try {
    return { database: await openDatabase(target.url) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { finding: reporter('database', target.shown).failed(unreachable(target, error)) }
  }
}

/** The driver's own words are not repeated: they may hold a user name or a part of the URL. */
function unreachable({ provider, shown }: DatabaseTarget, error: Failure): Remark {
  const { kind, code } = openingFault(error)
  const where = '--database-url, DATABASE_URL or DATABASE_URL_FILE'
  if (provider === 'sqlite') {
    if (existsSync(shown)) {
      const message = `the file cannot be used${code === undefined ? '' : ` (${code})`}`
      return { id: 'unusable', message, advice: { what: 'name a database of bode, that this user may write', where } }
    }
    const advice = { what: 'make it with: bode db migrate; or correct the path', where }
    return { id: 'missing', message: 'there is no such file', advice }
  }
  const known = REASONS[kind ?? '']
  if (known !== undefined) return { ...known, advice: { what: known.what, where } }
  const message = `it cannot be opened (${kind ?? 'no reason given'}${code === undefined ? '' : `, ${code}`})`
  return { id: 'unreachable', message, advice: { what: 'read the log of PostgreSQL', where: 'the database server' } }
}

/** By the driver adapter's name of the reason. */
const REASONS: Record<string, Omit<Remark, 'advice'> & { what: string }> = {
  DatabaseNotReachable: {
    id: 'unreachable',
    message: 'nothing answers there',
    what: 'see that PostgreSQL runs and that host and port are right; a firewall or network policy may be between',
  },
  AuthenticationFailed: {
    id: 'login-refused',
    message: 'it does not accept this user and password',
    what: 'correct user name or password; a special character in a password must be URL-encoded',
    side: 'secret',
  },
  DatabaseDoesNotExist: {
    id: 'missing',
    message: 'the server answers, and has no database of this name',
    what: 'make the database (CREATE DATABASE), or correct the name at the end of the URL',
  },
  TooManyConnections: {
    id: 'too-many-connections',
    message: 'it takes no more connections',
    what: 'raise max_connections, or let fewer programs use it',
  },
}

/** Its schema and its settings. `usable` is false when nothing more can be read from it. */
export async function databaseFindings(database: Database): Promise<{ findings: Finding[]; usable: boolean }> {
  const { shown } = database.target
  if (database.provider === 'sqlite') {
    const schema = await schemaFinding(database)
    return { findings: [schema, ...judgeSqlite(await inspectSqlite(database), shown)], usable: schema.status === 'ok' }
  }
  const facts = await inspectPostgresql(database)
  const settings = judgePostgresql(facts, shown)
  // The books of the migrations are among them, so not even the schema is known.
  if (facts.unreadable.length > 0) return { findings: settings, usable: false }
  const schema = await schemaFinding(database)
  return { findings: [schema, ...settings], usable: schema.status === 'ok' }
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
