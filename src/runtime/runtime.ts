import type { Clock } from '../common/clock.ts'
import { messageOf } from '../common/failure.ts'
import type { SecretUse, Snapshot } from '../common/snapshot.ts'
import { databaseClockOffset } from '../db/clock-offset.ts'
import { configurationVersion, loadConfiguration } from '../db/load-configuration.ts'
import { readMeta } from '../db/meta.ts'
import type { Database } from '../db/open.ts'
import { recordSecretUses } from '../db/secret-use.ts'
import { removeServerRow, writeServerRow, type ServerRow } from '../db/server-row.ts'
import { errorFacts } from '../observability/error-facts.ts'
import type { Logger } from '../observability/logger.ts'
import { demandSameKey } from '../secrets/key-check.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { buildSnapshot, EMPTY_SNAPSHOT } from './build-snapshot.ts'
import { createSecretOpener } from './open-secrets.ts'
import { repeat } from './repeat.ts'
import { coalesce } from './coalesce.ts'
import { DatabaseClock } from './database-clock.ts'
import { LastUse } from './last-use.ts'

/** The running configuration of this server. */
export type Runtime = {
  /** The clock that leases and due times are written by. */
  readonly clock: Clock
  /** The snapshot in use. Taken once per request, so that a request sees one configuration. */
  snapshot(): Snapshot
  /** Loads, builds and swaps; the result is at least as new as the database at the call. */
  readonly reload: () => Promise<Snapshot>
  /** False while the last write, a heartbeat or one that was noted, failed: the database is not there or takes nothing. */
  healthy(): boolean
  /** A write outside of this room, which the database took, or did not take for `fault`. */
  readonly noteWrite: (fault?: unknown) => void
  /** True while a newer configuration cannot be used. */
  refused(): boolean
  /** Remembers that a caller proved to know a secret; the next heartbeat writes it down. */
  noteUse(use: SecretUse): void
  stop(): Promise<void>
}

export type RuntimeOptions = {
  database: Database
  masterKey: MasterKey
  clock: Clock
  logger: Logger
  server: Pick<ServerRow, 'id' | 'host' | 'pid' | 'version'>
  pollMs?: number
  heartbeatMs?: number
}

/**
 * How often the numbers of generation and epoch are read: one query, the end of an index and a single row. A new
 * generation is in use within this time plus the load. PostgreSQL's LISTEN would save most of it, and
 * cost a session of its own that dies silently behind a pooler.
 */
const POLL_MS = 250
const HEARTBEAT_MS = 5_000

/**
 * Starts to watch the configuration:
 *
 *   poll: version moved? ──► load in one read ──► build ──► swap ──► server row `ok`
 *                                  └── fails: keep the last good one ──► server row `refused`
 *
 * Throws Failure `secret` when the master key is not this database's.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  demandSameKey(options.masterKey, await readMeta(options.database.reader, 'master_key_check'))
  const running = new RunningConfiguration(options)
  await running.start()
  return running
}

class RunningConfiguration implements Runtime {
  readonly clock: DatabaseClock
  readonly reload: () => Promise<Snapshot>
  readonly noteWrite = (fault?: unknown): void => this.#noteWrite(fault)
  readonly #options: RuntimeOptions
  readonly #stopping = new AbortController()
  readonly #lastUse: LastUse
  readonly #open: ReturnType<typeof createSecretOpener>
  #current = EMPTY_SNAPSHOT
  #refused: { generation: number; reason: string } | undefined
  #healthy = true
  #startedAt = 0
  #loops: Promise<void>[] = []

  constructor(options: RuntimeOptions) {
    this.#options = options
    this.#open = createSecretOpener(options.masterKey)
    this.clock = new DatabaseClock(options.clock, () => databaseClockOffset(options.database, options.clock))
    this.reload = coalesce(() => this.#load())
    this.#lastUse = new LastUse((uses) => recordSecretUses(options.database, uses))
  }

  snapshot(): Snapshot {
    return this.#current
  }

  healthy(): boolean {
    return this.#healthy
  }

  refused(): boolean {
    return this.#refused !== undefined
  }

  noteUse(use: SecretUse): void {
    this.#lastUse.note(use, this.clock.now())
  }

  async start(): Promise<void> {
    await this.clock.synchronise()
    this.#startedAt = this.clock.now()
    await this.reload()
    await this.#heartbeat()
    const { pollMs = POLL_MS, heartbeatMs = HEARTBEAT_MS } = this.#options
    this.#loops = [
      repeat(pollMs, this.#stopping.signal, () => this.#poll().catch(() => this.#heartbeat())),
      repeat(heartbeatMs, this.#stopping.signal, () => this.#heartbeat()),
    ]
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#loops)
    await this.#lastUse.flush().catch(() => {})
    await removeServerRow(this.#options.database, this.#options.server.id).catch(() => {})
  }

  async #load(): Promise<Snapshot> {
    const { database, logger } = this.#options
    const rows = await loadConfiguration(database)
    const next = buildSnapshot(rows, this.#open(rows))
    const changed = next.generation !== this.#current.generation
    this.#current = next
    this.#refused = undefined
    if (changed) logger.info({ generation: next.generation, epoch: next.epoch }, 'configuration in use')
    return next
  }

  async #poll(): Promise<void> {
    const version = await configurationVersion(this.#options.database)
    const { generation, epoch } = this.#current
    if (version.generation === generation && version.epoch === epoch) return
    if (version.generation === this.#refused?.generation) return
    try {
      await this.reload()
    } catch (error) {
      this.#refused = { generation: version.generation, reason: messageOf(error) }
      this.#options.logger.error(this.#refused, 'configuration refused; the last good one stays in use')
    }
    if (version.generation !== generation) await this.#heartbeat()
  }

  async #heartbeat(): Promise<void> {
    const { database, server } = this.#options
    try {
      await this.clock.synchronise()
      await writeServerRow(
        database,
        {
          ...server,
          startedAt: this.#startedAt,
          generation: this.#refused?.generation ?? this.#current.generation,
          state: this.#refused === undefined ? 'ok' : 'refused',
          reason: this.#refused?.reason ?? null,
        },
        this.clock.now(),
      )
      await this.#lastUse.flush()
      this.noteWrite()
    } catch (error) {
      this.noteWrite(error)
    }
  }

  #noteWrite(fault: unknown): void {
    if (fault !== undefined && this.#healthy) {
      this.#options.logger.error(errorFacts(fault), 'the database does not answer')
    }
    this.#healthy = fault === undefined
  }
}
