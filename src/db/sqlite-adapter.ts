import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils'

/**
 * The driver adapter of SQLite. A COMMIT that SQLite refuses may leave the transaction open, and Prisma takes it for
 * ended: no other could begin on the connection, for as long as the process lives. Here such a one is rolled back.
 */
export class SqliteAdapter extends PrismaBetterSqlite3 {
  override async connect(): ReturnType<PrismaBetterSqlite3['connect']> {
    const adapter = await super.connect()
    const start = adapter.startTransaction.bind(adapter)
    adapter.startTransaction = async (isolation) => rolledBack(await start(isolation))
    return adapter
  }
}

function rolledBack(transaction: Awaited<ReturnType<SqlDriverAdapter['startTransaction']>>) {
  const execute = transaction.executeRaw.bind(transaction)
  transaction.executeRaw = async (query) => {
    try {
      return await execute(query)
    } catch (error) {
      // SQLite has done so itself when the disk failed; then there is nothing to roll back.
      if (query.sql === 'COMMIT') await execute({ sql: 'ROLLBACK', args: [], argTypes: [] }).catch(() => {})
      throw error
    }
  }
  return transaction
}
