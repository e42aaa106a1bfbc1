import { closeSync, existsSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase } from 'pg'
import { Failure, messageOf } from '../common/failure.ts'
import { isBusy } from './driver-errors.ts'
import { direct, type Statements } from './statements.ts'
import { databaseTarget, type DatabaseTarget, type Provider } from './target.ts'
import { UnderWay } from './under-way.ts'
import type { Prisma, PrismaClient } from './generated/sqlite/client.ts'

/** The Prisma client, typed by the SQLite variant: the compiler forbids what only PostgreSQL can do. */
export type Client = PrismaClient
/** What may be called inside a transaction. */
export type Transaction = Prisma.TransactionClient

/**
 * An open database.
 *
 * On SQLite reads and writes go over two connections, because the driver adapter has one connection
 * per client and runs a plain query inside whatever transaction happens to be open on it: a read would
 * see uncommitted rows, a write would vanish with somebody else's rollback. `reader` refuses writes
 * (PRAGMA query_only), so every write is inside `transaction`.
 */
export type Database = {
  readonly provider: Provider
  readonly target: DatabaseTarget
  readonly reader: Client
  /**
   * Runs `work` in one transaction that holds the write lock from its first statement on SQLite, and
   * commits with an fsync. Waits for another writer without blocking the event loop, up to
   * `waitMs` (default 5 000), then throws Failure `locked`.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>
  /**
   * The same for raw statements alone, the first of which writes, past Prisma's engine: for what happens for every
   * message. One that failed fails the whole, also when `work` takes no notice. Also throws Failure `locked` when no
   * connection to PostgreSQL is free for `waitMs`.
   */
  rawTransaction<T>(work: (tx: Statements) => Promise<T>, options?: Pick<TransactionOptions, 'waitMs'>): Promise<T>
  /**
   * The same for `work` that is one statement, which is a transaction by itself: on PostgreSQL without the two round
   * trips of BEGIN and COMMIT.
   */
  rawStatement<T>(work: (tx: Statements) => Promise<T>): Promise<T>
  /** Runs several reads on one consistent state of the database. */
  consistentRead<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Lets raw transactions that have been asked for end; none begins any more. */
  close(): Promise<void>
}

export type TransactionOptions = { waitMs?: number; timeoutMs?: number }

export type OpenOptions = {
  create?: boolean
  /**
   * Breaks a connection to PostgreSQL on which nothing came or went for so long, so that what waits for it fails and
   * can be tried again on another. Without it whoever lost his connection without a word (a firewall that forgot it, a
   * host that vanished) waits for as long as TCP does, which is hours. No single statement may take longer.
   */
  answerWithinMs?: number
}

/** How long SQLite itself waits for a lock: it blocks the event loop meanwhile (894 ms measured). */
const SQLITE_BUSY_TIMEOUT_MS = 20
const PG_POOL_SIZE = 10
const DEFAULT_WAIT_MS = 5_000
const DEFAULT_TIMEOUT_MS = 60_000
const READ_OPTIONS = { maxWait: 10_000, timeout: 60_000 }

/**
 * Opens `url` (`file:...` or `postgresql://...`). A SQLite file is created when `create` is true, else
 * a missing file is Failure `unreachable`. Does not migrate: see db/migrate.ts.
 */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  const target = databaseTarget(url)
  return target.provider === 'sqlite' ? openSqlite(target, options.create ?? false) : openPostgresql(target, options)
}

async function openSqlite(target: DatabaseTarget, create: boolean): Promise<Database> {
  const [{ SqliteAdapter }, { PrismaClient }] = await Promise.all([
    import('./sqlite-adapter.ts'),
    import('./generated/sqlite/client.ts'),
  ])
  if (!existsSync(target.shown)) prepareFile(target, create)
  const adapter = (): InstanceType<typeof SqliteAdapter> =>
    new SqliteAdapter({ url: target.url, timeout: SQLITE_BUSY_TIMEOUT_MS, fileMustExist: !create })
  const { factory, connection } = direct(adapter())
  const writer: Client = new PrismaClient({ adapter: factory })
  const reader: Client = new PrismaClient({ adapter: adapter() })
  const underWay = new UnderWay()
  const close = async (): Promise<void> => {
    await underWay.end()
    await Promise.all([writer.$disconnect(), reader.$disconnect()])
  }
  try {
    await retryWhileBusy(DEFAULT_WAIT_MS, async () => {
      await demandPragmas(writer)
      await demandPragmas(reader)
    })
    await reader.$queryRaw`PRAGMA query_only = ON`
  } catch (error) {
    await close()
    throw unreachable(target, error)
  }
  const rawTransaction: Database['rawTransaction'] = (work, { waitMs = DEFAULT_WAIT_MS } = {}) =>
    underWay.run(() => retryWhileBusy(waitMs, () => connection.transaction(work, waitMs)))
  return {
    provider: 'sqlite',
    target,
    reader,
    close,
    rawTransaction,
    rawStatement: rawTransaction,
    // In WAL mode a deferred transaction sees the state of its first read until it ends.
    consistentRead: (work) => reader.$transaction(work, READ_OPTIONS),
    transaction: (work, { waitMs = DEFAULT_WAIT_MS, timeoutMs = DEFAULT_TIMEOUT_MS } = {}) =>
      retryWhileBusy(waitMs, () =>
        writer.$transaction(
          async (tx) => {
            // The adapter begins DEFERRED. A first statement that writes (no row, but the lock) makes
            // it IMMEDIATE; a transaction that read first could fail later without any waiting.
            await tx.$executeRaw`DELETE FROM meta WHERE 0`
            return work(tx)
          },
          { maxWait: waitMs, timeout: timeoutMs },
        ),
      ),
  }
}

/** Durability is a promise, so it is set and read back: per connection, on every open. */
async function demandPragmas(client: Client): Promise<void> {
  await client.$queryRaw`PRAGMA journal_mode = WAL`
  await client.$queryRaw`PRAGMA synchronous = FULL`
  await client.$queryRaw`PRAGMA foreign_keys = ON`
  const [[journal], [synchronous]] = await Promise.all([
    client.$queryRaw<{ journal_mode: string }[]>`PRAGMA journal_mode`,
    client.$queryRaw<{ synchronous: number }[]>`PRAGMA synchronous`,
  ])
  if (journal?.journal_mode !== 'wal' || Number(synchronous?.synchronous) !== 2) {
    throw new Error(`SQLite did not accept WAL with synchronous=FULL (network file system?)`)
  }
}

async function openPostgresql(target: DatabaseTarget, { answerWithinMs }: OpenOptions): Promise<Database> {
  const [{ PrismaPg }, { PrismaClient }] = await Promise.all([
    import('@prisma/adapter-pg'),
    import('./generated/postgresql/client.ts'),
  ])
  const adapter = new PrismaPg({
    connectionString: target.url,
    max: PG_POOL_SIZE,
    connectionTimeoutMillis: 10_000,
    ...(answerWithinMs === undefined ? {} : impatience(answerWithinMs)),
  })
  const { factory, connection } = direct(adapter)
  const underWay = new UnderWay()
  // Cast once: both clients are generated from one model source and have the same methods.
  const client = new PrismaClient({ adapter: factory }) as unknown as Client
  // Not in the SQLite client's types, which know only what SQLite can do.
  const repeatableRead = 'RepeatableRead' as Prisma.TransactionIsolationLevel
  try {
    await client.$queryRaw`SELECT 1`
  } catch (error) {
    await client.$disconnect()
    throw unreachable(target, error)
  }
  return {
    provider: 'postgresql',
    target,
    reader: client,
    close: async () => {
      await underWay.end()
      await client.$disconnect()
    },
    consistentRead: (work) => client.$transaction(work, { ...READ_OPTIONS, isolationLevel: repeatableRead }),
    transaction: (work, { waitMs = DEFAULT_WAIT_MS, timeoutMs = DEFAULT_TIMEOUT_MS } = {}) =>
      client.$transaction(work, { maxWait: waitMs, timeout: timeoutMs }),
    rawTransaction: (work, { waitMs = DEFAULT_WAIT_MS } = {}) =>
      underWay.run(() => connection.transaction(work, waitMs)),
    rawStatement: (work) => underWay.run(() => work(connection.statements())),
  }
}

/**
 * Both ends give a connection up that is silent for `ms`. The server's end counts too: a transaction that nobody
 * will finish keeps its locks. Not as a parameter of the connection, which poolers refuse.
 */
function impatience(ms: number) {
  return {
    stream: (): Socket => {
      const socket = new Socket()
      return socket.setTimeout(ms, () => socket.destroy(new Error(`the database did not answer within ${ms} ms`)))
    },
    onConnect: (client: ClientBase) =>
      client.query("SELECT set_config('idle_in_transaction_session_timeout', $1, false)", [String(ms)]),
  }
}

async function retryWhileBusy<T>(waitMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + waitMs
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    try {
      return await attempt()
    } catch (error) {
      if (!isBusy(error)) throw error
      if (performance.now() >= deadline) {
        throw new Failure('locked', `another writer held the database for more than ${waitMs} ms`, { cause: error })
      }
      await sleep(pauseMs)
    }
  }
}

/** It holds personal data and sealed secrets, so a new file is for its owner alone; -wal and -shm follow its mode. */
function prepareFile(target: DatabaseTarget, create: boolean): void {
  if (!create) {
    throw new Failure('unreachable', `there is no database ${target.shown}; make it with: bode db migrate`)
  }
  try {
    closeSync(openSync(target.shown, 'a', 0o600))
  } catch {
    // SQLite is about to say in words what is wrong with the place.
  }
}

function unreachable(target: DatabaseTarget, error: unknown): Failure {
  return new Failure('unreachable', `cannot open the database ${target.shown}: ${reasonOf(error)}`, { cause: error })
}

/** What the driver said: Prisma puts the call before it, over several lines. */
function reasonOf(error: unknown): string {
  const last = messageOf(error).trim().split('\n').at(-1)!
  return /^Raw query failed\. .*?Message: `(.*)`$/.exec(last)?.[1] ?? last
}
