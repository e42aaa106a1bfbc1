import { messageOf } from '../common/failure.ts'
import { listen } from '../db/listen.ts'
import { createNotifier } from '../db/notify.ts'
import type { Database } from '../db/open.ts'
import type { Logger } from '../observability/logger.ts'

/** Work told from replica to replica: what one cannot take at once, another may. */
export type WakeUps = {
  announce(abonnementIds: readonly string[]): void
  close(): Promise<void>
}

/** Begins to listen; `onWork` is told which abonnementen have work, or nothing: then the database should be asked. */
export type ConnectWakeUps = (onWork: (abonnementIds: readonly string[]) => void) => WakeUps

const CHANNEL = 'bode_delivery'

type Message = { from: string; abonnementIds: string[] }

/** Connects this replica to the others over PostgreSQL's NOTIFY. On SQLite there are no others. */
export function databaseWakeUps(options: { database: Database; serverId: string; logger: Logger }): ConnectWakeUps {
  if (options.database.provider === 'sqlite') return () => ({ announce: () => {}, close: async () => {} })
  return (onWork) => listenAndAnnounce(options, onWork)
}

function listenAndAnnounce(
  { database, serverId, logger }: { database: Database; serverId: string; logger: Logger },
  onWork: (abonnementIds: readonly string[]) => void,
): WakeUps {
  const notifier = createNotifier(database, {
    channel: CHANNEL,
    encode: (abonnementIds) => JSON.stringify({ from: serverId, abonnementIds }),
  })
  const listener = listen({
    url: database.target.url,
    channel: CHANNEL,
    onMessage: (payload) => {
      const message = readMessage(payload)
      if (message.from !== serverId) onWork(message.abonnementIds)
    },
    onListening: () => onWork([]),
    onBroken: (error) => logger.warn({ error: messageOf(error) }, 'not listening for work; polling goes on'),
  })
  return {
    announce: (abonnementIds) => notifier.notify(abonnementIds),
    close: async () => {
      await Promise.all([notifier.idle(), listener.close()])
    },
  }
}

/** Anybody with a session may NOTIFY, so what is not one of our messages only means: look. */
export function readMessage(payload: string): Message {
  try {
    const { from, abonnementIds } = JSON.parse(payload) as Record<string, unknown>
    if (typeof from === 'string' && Array.isArray(abonnementIds)) {
      return { from, abonnementIds: abonnementIds.filter((id) => typeof id === 'string') }
    }
  } catch {
    // not JSON, or `null`
  }
  return { from: '', abonnementIds: [] }
}

/** Tells running servers, from a process that is none, that these abonnementen have work; on SQLite they find it by themselves. */
export async function tellOfWork(database: Database, abonnementIds: readonly string[]): Promise<void> {
  if (database.provider === 'sqlite' || abonnementIds.length === 0) return
  const encode = (ids: readonly string[]): string => JSON.stringify({ from: '', abonnementIds: ids })
  const notifier = createNotifier(database, { channel: CHANNEL, encode })
  notifier.notify(abonnementIds)
  await notifier.idle()
}
