import { Writable } from 'node:stream'
import type { Test } from 'tap'
import { startServer, type RunningServer, type ServerOptions } from '../../src/cli/server.ts'
import { systemClock } from '../../src/common/clock.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { loadMasterKey } from '../../src/secrets/master-key.ts'

export type TestServer = RunningServer & {
  /** Everything that was logged, one object per line. */
  logged: () => Record<string, unknown>[]
}

type Given = Pick<ServerOptions, 'databaseUrl' | 'environment' | 'cwd'> & Partial<ServerOptions>

/** A whole server on a free port of 127.0.0.1, in this process; stopped when the test ends. */
export async function startTestServer(t: Test, given: Given): Promise<TestServer> {
  const lines: string[] = []
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString())
      done()
    },
  })
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    masterKey: given.masterKey ?? loadMasterKey(given.environment),
    migrate: false,
    clock: systemClock,
    random: Math.random,
    logger: createLogger({ level: 'info', destination }),
    process: { host: 'test', pid: 1 },
    ...given,
  })
  t.teardown(() => server.stop())
  return { ...server, logged: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

/** Waits for `condition`, at most two minutes; the error then tells what `describe` says. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  describe: () => unknown = () => 'nothing more is known',
): Promise<void> {
  const endsAt = performance.now() + PATIENCE_MS
  while (!(await condition())) {
    if (performance.now() > endsAt) throw new Error(`waited in vain: ${JSON.stringify(await describe())}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Below tap's own patience, so that what was waited for is said. */
const PATIENCE_MS = 120_000
