// Writes the next migration for both databases: the difference between prisma/snapshot.prisma (what the
// migrations add up to) and prisma/schema.prisma. Usage: npm run migration -- NAME
// Partial indexes, sequences and storage settings are added to the written files by hand.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  ColumnTypeEnum,
  mockMigrationAwareAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import { withSchemaEngine } from '../src/db/schema-engine.ts'
import { toPostgresqlSchema } from './postgresql-schema.ts'

const here = dirname(fileURLToPath(import.meta.url))
const name = process.argv[2]
if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name))
  throw new Error('usage: npm run migration -- snake_case_name')

const read = (file: string): string => readFileSync(join(here, file), 'utf8')
const wanted = read('schema.prisma')
const snapshot = existsSync(join(here, 'snapshot.prisma')) ? read('snapshot.prisma') : undefined

const number = readdirSync(join(here, 'sqlite')).filter((entry) => /^\d{4}_/.test(entry)).length + 1
const folder = `${String(number).padStart(4, '0')}_${name}`

for (const provider of ['sqlite', 'postgresql'] as const) {
  const variant = provider === 'sqlite' ? (text: string) => text : toPostgresqlSchema
  const datamodel = (text: string) => ({
    tag: 'schemaDatamodel' as const,
    files: [{ path: 'schema.prisma', content: variant(text) }],
  })
  const factory = unconnected(provider === 'sqlite' ? 'sqlite' : 'postgres')
  const diff = await withSchemaEngine(factory, (engine) =>
    engine.diff({
      from: snapshot === undefined ? { tag: 'empty' } : datamodel(snapshot),
      to: datamodel(wanted),
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    }),
  )
  const sql = diff.stdout ?? ''
  const target = join(here, provider, folder)
  mkdirSync(target, { recursive: true })
  // SQLite runs a script statement by statement: one explicit transaction makes it all or nothing.
  writeFileSync(join(target, 'migration.sql'), provider === 'sqlite' ? `BEGIN;\n\n${sql}\nCOMMIT;\n` : sql)
  process.stdout.write(`prisma/${provider}/${folder}/migration.sql\n`)
}
writeFileSync(join(here, 'snapshot.prisma'), wanted)

/**
 * A diff between two models needs no database, only a factory that says which kind it would be. The
 * PostgreSQL engine asks one question when it starts (schema there? which version?): answered here.
 */
function unconnected(provider: 'sqlite' | 'postgres'): SqlMigrationAwareDriverAdapterFactory {
  const mock = mockMigrationAwareAdapterFactory(provider)
  const connect = async () => ({
    ...(await mock.connect()),
    dispose: async () => {},
    queryRaw: async () => ({
      columnNames: ['exists', 'version', 'numeric_version'],
      columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
      rows: [[true, 'PostgreSQL 15.0', 150_000]],
    }),
  })
  return { ...mock, connect, connectToShadowDb: connect }
}
