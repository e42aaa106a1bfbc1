import type { Database } from './open.ts'

/** What decides whether an acknowledged write survives, and what the role may do; as PostgreSQL names it. */
export type PostgresqlFacts = {
  version: number
  user: string
  superuser: boolean
  synchronousCommit: string
  fsync: boolean
  fullPageWrites: boolean
  /** A standby, or a role or database that may only read. */
  readOnly: boolean
  /** Tables that the role may not even read, by name. */
  unreadable: string[]
  /** Tables and sequences that the role may not use fully, by name; the books of the migrations need not be written. */
  lacking: string[]
}

type Row = {
  version: number
  user: string
  superuser: string
  synchronous_commit: string
  fsync: string
  full_page_writes: string
  read_only: string
  standby: boolean
}

/** Asks PostgreSQL itself. Read-only; two statements. */
export async function inspectPostgresql({ reader }: Database): Promise<PostgresqlFacts> {
  const [row] = await reader.$queryRaw<Row[]>`
    SELECT current_setting('server_version_num')::int / 10000 AS version, current_user::text AS user,
      current_setting('is_superuser') AS superuser, current_setting('synchronous_commit') AS synchronous_commit,
      current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
      current_setting('default_transaction_read_only') AS read_only, pg_is_in_recovery() AS standby`
  if (row === undefined) throw new Error('PostgreSQL said nothing of its settings')
  const tables = await reader.$queryRaw<{ name: string; readable: boolean; usable: boolean }[]>`
    SELECT relname::text AS name,
      relkind = 'S' OR has_table_privilege(oid, 'SELECT') AS readable,
      CASE WHEN relkind = 'S' THEN has_sequence_privilege(oid, 'USAGE')
        WHEN relname LIKE '\\_prisma%' THEN true
        ELSE has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
          AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE') END AS usable
    FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'S') ORDER BY relname`
  return {
    version: row.version,
    user: row.user,
    superuser: row.superuser === 'on',
    synchronousCommit: row.synchronous_commit,
    fsync: row.fsync === 'on',
    fullPageWrites: row.full_page_writes === 'on',
    readOnly: row.standby || row.read_only === 'on',
    unreadable: tables.filter(({ readable }) => !readable).map(({ name }) => name),
    lacking: tables.filter(({ usable }) => !usable).map(({ name }) => name),
  }
}
