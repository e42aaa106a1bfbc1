import type { Transaction } from '../open.ts'
import type { Provider } from '../target.ts'

/** Beside those of db/database-lock.ts. */
const ADVISORY_KEY = 726_964_103

/**
 * True when this transaction is the only one that sweeps, until it ends. On SQLite a transaction is the only one that
 * writes. On PostgreSQL it is a lock of the transaction and not of the session: it ends with its server whatever
 * happens, and works behind a pooler.
 */
export async function takeTurn(tx: Transaction, provider: Provider): Promise<boolean> {
  if (provider === 'sqlite') return true
  const [row] = await tx.$queryRaw<{ taken: boolean }[]>`SELECT pg_try_advisory_xact_lock(${ADVISORY_KEY}) AS taken`
  return row?.taken === true
}
