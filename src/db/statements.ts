import { sqltag, type Sql } from '@prisma/client/runtime/client'
import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQueryable,
  type SqlResultSet,
  type Transaction as DriverTransaction,
} from '@prisma/driver-adapter-utils'
import { Failure } from '../common/failure.ts'

/** What raw SQL needs of a transaction; Prisma's own transactions are this too. */
export type Statements = {
  $queryRaw<T = unknown>(query: TemplateStringsArray | Sql, ...values: unknown[]): Promise<T>
  $executeRaw(query: TemplateStringsArray | Sql, ...values: unknown[]): Promise<number>
}

/**
 * Raw SQL straight to the driver adapter of a Prisma client. Prisma's engine stands between the two for models and
 * relations; raw statements need none of it, and it takes most of a small transaction: a message alone took 1.8 ms of
 * CPU to store on SQLite and 2.1 on PostgreSQL with it, 0.8 and 0.5 without. Parameters and results have the same types
 * either way.
 */
export type DirectConnection = {
  /**
   * Runs `work` in one transaction, that commits when it resolves and is rolled back when it throws or one of its
   * statements failed. Throws Failure `locked` when the others leave it no turn within `waitMs`.
   */
  transaction<T>(work: (tx: Statements) => Promise<T>, waitMs: number): Promise<T>
  /** Each statement a transaction of its own. */
  statements(): Statements
}

/** An adapter factory that also lets us use the connection that it makes for Prisma. */
export function direct<Factory extends SqlDriverAdapterFactory>(
  factory: Factory,
): { factory: Factory; connection: DirectConnection } {
  const connect = factory.connect.bind(factory)
  let connected: SqlDriverAdapter | undefined
  factory.connect = async () => (connected = await connect())
  const adapter = (): SqlDriverAdapter => {
    if (connected === undefined) throw new Error('the client has not connected yet')
    return connected
  }
  const connection: DirectConnection = {
    transaction: (work, waitMs) => transaction(adapter(), work, waitMs),
    statements: () => statementsOn(adapter()),
  }
  return { factory, connection }
}

/** As Prisma's own transaction manager does it: the adapter begins, COMMIT and ROLLBACK are statements. */
async function transaction<T>(
  adapter: SqlDriverAdapter,
  work: (tx: Statements) => Promise<T>,
  waitMs: number,
): Promise<T> {
  const tx = await begin(adapter, waitMs)
  const { statements, end } = endable(statementsOn(tx))
  try {
    const result = await work(statements)
    const fault = end()
    if (fault !== undefined) throw fault.error
    await tx.executeRaw(COMMIT)
    await tx.commit()
    return result
  } catch (error) {
    end()
    await rollBack(tx)
    throw error
  }
}

/** SQLite's adapter hands out one transaction at a time, PostgreSQL's as many as it has connections. */
async function begin(adapter: SqlDriverAdapter, waitMs: number): Promise<DriverTransaction> {
  const beginning = adapter.startTransaction()
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, waitMs, undefined)
  })
  try {
    const tx = await Promise.race([beginning, tooLate])
    if (tx !== undefined) return tx
  } finally {
    clearTimeout(timer)
  }
  // It comes still, to nobody.
  beginning.then((tx) => rollBack(tx)).catch(() => {})
  throw new Failure('locked', `no transaction could begin within ${waitMs} ms: others are under way`)
}

async function rollBack(tx: DriverTransaction): Promise<void> {
  // Fails where the connection is gone and where COMMIT has rolled back itself; nothing is open in either.
  await tx.executeRaw(ROLLBACK).catch(() => {})
  await tx.rollback()
}

/**
 * `statements` until `end` is called, which tells of one that failed. PostgreSQL takes nothing but a rollback
 * after that, and calls a COMMIT well done that undid everything; SQLite may have ended the transaction, and would carry
 * out what comes next by itself.
 */
function endable(statements: Statements): { statements: Statements; end: () => Fault | undefined } {
  let fault: Fault | undefined
  let ended = false
  const guarded = async <T>(run: () => Promise<T>): Promise<T> => {
    // The connection may be somebody else's by now.
    if (ended) throw new Error('the transaction has ended')
    if (fault !== undefined) throw fault.error
    try {
      return await run()
    } catch (error) {
      fault ??= { error }
      throw error
    }
  }
  return {
    statements: {
      $queryRaw: (query, ...values) => guarded(() => statements.$queryRaw(query, ...values)),
      $executeRaw: (query, ...values) => guarded(() => statements.$executeRaw(query, ...values)),
    },
    end: () => {
      ended = true
      return fault
    },
  }
}

/** An error may be any value, also undefined. */
type Fault = { error: unknown }

const COMMIT = { sql: 'COMMIT', args: [], argTypes: [] }
const ROLLBACK = { sql: 'ROLLBACK', args: [], argTypes: [] }

function statementsOn(connection: SqlQueryable): Statements {
  const toQuery = (query: TemplateStringsArray | Sql, values: unknown[]): Parameters<SqlQueryable['queryRaw']>[0] => {
    const sql = 'raw' in query ? sqltag(query, ...values) : query
    const text = connection.provider === 'sqlite' ? sql.sql : sql.text
    return { sql: text, args: sql.values, argTypes: sql.values.map(() => UNTYPED) }
  }
  return {
    $queryRaw: async <T>(query: TemplateStringsArray | Sql, ...values: unknown[]) =>
      rowsOf(await connection.queryRaw(toQuery(query, values))) as T,
    $executeRaw: (query, ...values) => connection.executeRaw(toQuery(query, values)),
  }
}

/** JavaScript's types say it already. */
const UNTYPED = { scalarType: 'unknown', arity: 'scalar' } as const

/** Columns that come as they are meant. */
const AS_IS: ReadonlySet<number> = new Set([
  ColumnTypeEnum.Int32,
  ColumnTypeEnum.Double,
  ColumnTypeEnum.Boolean,
  ColumnTypeEnum.Text,
  // SQLite's expressions have no declared type.
  ColumnTypeEnum.UnknownNumber,
])

function rowsOf({ columnNames, columnTypes, rows }: SqlResultSet): Record<string, unknown>[] {
  const readers = columnTypes.map((type, index) => {
    if (type === ColumnTypeEnum.Int64) return toBigInt
    if (AS_IS.has(type)) return undefined
    throw new Error(`a raw statement returns column ${columnNames[index]} of the unexpected type ${type}`)
  })
  return rows.map((row) => {
    const object: Record<string, unknown> = {}
    for (const [index, name] of columnNames.entries()) {
      const [value, read] = [row[index], readers[index]]
      object[name] = value === null || read === undefined ? value : read(value)
    }
    return object
  })
}

/** Adapters give numbers beyond 2^53 as text. */
function toBigInt(value: unknown): bigint {
  return BigInt(value as number | string | bigint)
}
