import pg from 'pg'

export type Listener = { close(): Promise<void> }

export type ListenOptions = {
  /** A PostgreSQL URL; a session of its own is opened, because LISTEN belongs to one. */
  url: string
  channel: string
  onMessage(payload: string): void
  /** Called after every (re)connect: what was said in between is lost, so look for yourself. */
  onListening(): void
  /** The connection broke or could not be made; it is tried again. */
  onBroken(error: unknown): void
}

const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 30_000

/**
 * LISTEN on PostgreSQL, reconnecting for ever. Only an accelerator: a pooler in transaction mode swallows
 * it without an error, so nothing may depend on a message arriving.
 *
 *   connecting --ok--> listening --error, end--> pausing --timer--> connecting
 */
export function listen(options: ListenOptions): Listener {
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let pauseMs = FIRST_PAUSE_MS

  async function connect(): Promise<void> {
    const fresh = new pg.Client({
      connectionString: options.url,
      application_name: 'bode listen',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    })
    client = fresh
    fresh.on('notification', ({ payload }) => options.onMessage(payload ?? ''))
    fresh.on('error', (error) => lost(fresh, error))
    fresh.on('end', () => lost(fresh, new Error('the connection ended')))
    try {
      await fresh.connect()
      await fresh.query(`LISTEN ${pg.escapeIdentifier(options.channel)}`)
      pauseMs = FIRST_PAUSE_MS
      if (client === fresh) options.onListening()
    } catch (error) {
      lost(fresh, error)
    }
  }

  function lost(which: pg.Client, error: unknown): void {
    if (client !== which) return
    client = undefined
    void which.end().catch(() => {})
    if (closed) return
    options.onBroken(error)
    timer = setTimeout(() => void connect(), pauseMs)
    pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)
  }

  void connect()
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      const last = client
      client = undefined
      await last?.end().catch(() => {})
    },
  }
}
