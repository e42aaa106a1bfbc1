import pg from 'pg'
import { Failure, messageOf } from '../../common/failure.ts'
import { databaseTarget } from '../target.ts'

/** A row as JSON has it: whatever columns the version of Open Notificaties has. */
export type JsonRow = Readonly<Record<string, unknown>>

export type ForeignDatabase = {
  /** Every row of a table of ours to know, in order of its first id column; none when it has no such table. */
  rows(table: string): Promise<JsonRow[]>
  hasTable(table: string): Promise<boolean>
  columns(table: string): Promise<ReadonlySet<string>>
}

/**
 * Runs `work` in one transaction that can only read and sees one moment. Throws Failure `usage` for an
 * URL that is not PostgreSQL's, `unreachable` when it cannot be opened or read. The URL is not repeated:
 * it has a password.
 */
export async function withForeignDatabase<T>(url: string, work: (database: ForeignDatabase) => Promise<T>): Promise<T> {
  const target = databaseTarget(url)
  if (target.provider !== 'postgresql') {
    throw new Failure('usage', 'the database of Open Notificaties is postgresql://USER:PASSWORD@HOST:PORT/NAME')
  }
  const client = new pg.Client({
    connectionString: target.url,
    application_name: 'bode convert',
    connectionTimeoutMillis: 10_000,
    statement_timeout: 60_000,
  })
  // Without a listener a connection that breaks would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')
    return await work(foreignDatabase(client))
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('unreachable', `cannot read ${target.shown}: ${messageOf(error)}`, { cause: error })
  } finally {
    await client.end().catch(() => {})
  }
}

function foreignDatabase(client: pg.Client): ForeignDatabase {
  const columns = async (table: string): Promise<ReadonlySet<string>> => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
      [table],
    )
    return new Set(rows.map(({ name }) => name))
  }
  const hasTable = async (table: string): Promise<boolean> => (await columns(table)).size > 0
  return {
    columns,
    hasTable,
    rows: async (table) => {
      if (!(await hasTable(table))) return []
      const name = pg.escapeIdentifier(table)
      const { rows } = await client.query<{ row: JsonRow }>(`SELECT to_jsonb(t) AS row FROM ${name} t ORDER BY t.id`)
      return rows.map(({ row }) => row)
    },
  }
}
