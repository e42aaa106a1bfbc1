import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from './open.ts'

export type Notifier = {
  /** Tells whoever listens, soon and at most once for many calls. Never throws: nothing depends on it. */
  notify(ids: Iterable<string>): void
  /** Resolves when nothing waits to be sent. */
  idle(): Promise<void>
}

/** At most twenty a second: a NOTIFY takes a lock of the whole PostgreSQL server while it commits. */
const MIN_INTERVAL_MS = 50
/** PostgreSQL refuses payloads of 8 000 bytes and more; a longer one is sent without ids. */
const MAX_PAYLOAD_BYTES = 7_900

/**
 * NOTIFY on PostgreSQL, outside of every other transaction (inside, it would queue all commits behind that
 * lock: 70 to 76 % fewer accepts measured) and coalesced. `encode` makes the payload of ids; `encode([])`
 * must mean "any".
 */
export function createNotifier(
  database: Database,
  { channel, encode }: { channel: string; encode: (ids: readonly string[]) => string },
): Notifier {
  const waiting = new Set<string>()
  let sending: Promise<void> | undefined

  async function send(): Promise<void> {
    while (waiting.size > 0) {
      const payload = encode([...waiting])
      waiting.clear()
      const fitting = Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES ? encode([]) : payload
      await database.reader.$executeRaw`SELECT pg_notify(${channel}, ${fitting})`.catch(() => {})
      await sleep(MIN_INTERVAL_MS)
    }
    sending = undefined
  }

  return {
    notify: (ids) => {
      for (const id of ids) waiting.add(id)
      if (waiting.size > 0) sending ??= send()
    },
    idle: async () => {
      await sending
    },
  }
}
