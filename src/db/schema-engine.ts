import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import type * as Engine from '@prisma/schema-engine-wasm'
import { messageOf } from '../common/failure.ts'
import { withAtomicScripts } from './atomic-script.ts'

/** Node has it; the ES library types do not. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>
  }
}

type EngineModule = typeof Engine
let engineModule: Promise<EngineModule> | undefined

/**
 * Prisma's schema engine as WebAssembly. Node 20 cannot import a .wasm file, so it is instantiated by
 * hand, once per process: a second instance over the same bindings would corrupt the first.
 */
function loadEngine(): Promise<EngineModule> {
  engineModule ??= (async () => {
    const bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg')
    const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'))
    const bytes = await readFile(join(folder, 'schema_engine_bg.wasm'))
    const { instance } = await WebAssembly.instantiate(bytes, {
      './schema_engine_bg.js': { ...bindings, ...timersThatLetGo(bindings) },
    })
    bindings.__wbg_set_wasm(instance.exports)
    const start = instance.exports['__wbindgen_start'] as () => void
    start()
    return bindings
  })()
  return engineModule
}

/**
 * The engine's timers only bound its waiting for an answer, which keeps the process by itself. It never clears them: one
 * of 10 s, for its advisory lock on PostgreSQL, would keep a process that has nothing left to do.
 */
function timersThatLetGo(bindings: object): Record<string, (work: () => void, ms: number) => unknown> {
  const names = Object.keys(bindings).filter((name) => name.startsWith('__wbg_setTimeout_'))
  return Object.fromEntries(names.map((name) => [name, (work, ms) => setTimeout(work, ms).unref()]))
}

/**
 * Runs `work` with a schema engine over `factory`, and closes both afterwards. An error that the
 * engine hides behind an id is looked up, so that the driver's own message comes out.
 */
export async function withSchemaEngine<T>(
  factory: SqlMigrationAwareDriverAdapterFactory,
  work: (engine: Engine.SchemaEngine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine } = await loadEngine()
  // The engine connects by itself and never disposes, so each connection is kept here to be closed.
  const connections: SqlDriverAdapter[] = []
  const keep = (connection: SqlDriverAdapter): SqlDriverAdapter => {
    connections.push(connection)
    return sharing(withAtomicScripts(connection))
  }
  const keeping: SqlMigrationAwareDriverAdapterFactory = {
    adapterName: factory.adapterName,
    provider: factory.provider,
    connect: async () => keep(await factory.connect()),
    connectToShadowDb: async () => keep(await factory.connectToShadowDb()),
  }
  const bound = bindMigrationAwareSqlAdapterFactory(keeping)
  const engine = await SchemaEngine.new({ datamodels: undefined }, () => {}, bound)
  try {
    return await work(engine)
  } catch (error) {
    throw new Error(hiddenError(bound.errorRegistry, error) ?? messageOf(error), { cause: error })
  } finally {
    engine.free()
    await Promise.all(connections.map((connection) => connection.dispose()))
  }
}

/**
 * Before it migrates, the engine takes a SQLite file for itself alone, which fails when a server has it
 * open. The migrate lock (db/database-lock.ts) already keeps other migrators away, so that one statement
 * is turned into its harmless opposite.
 */
function sharing(connection: SqlDriverAdapter): SqlDriverAdapter {
  const executeRaw = connection.executeRaw.bind(connection)
  connection.executeRaw = (query) =>
    executeRaw({ ...query, sql: query.sql.replace(/(locking_mode=)EXCLUSIVE/i, '$1NORMAL') })
  return connection
}

function hiddenError(
  registry: { consumeError(id: number): { error: unknown } | undefined },
  error: unknown,
): string | undefined {
  const id = /external error id#(\d+)/i.exec(messageOf(error))?.[1]
  const hidden = id === undefined ? undefined : registry.consumeError(Number(id))
  return hidden === undefined ? undefined : messageOf(hidden.error)
}
