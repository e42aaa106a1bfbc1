import type { Database } from '../db/open.ts'
import { readBacklog } from '../db/read-backlog.ts'
import { createMetricsApp } from '../http/metrics-app.ts'
import { cached } from '../observability/cached.ts'
import type { Logger } from '../observability/logger.ts'
import { createMetrics } from '../observability/metrics.ts'
import { NO_OBSERVER, type Observer } from '../observability/observer.ts'
import type { Sources } from '../observability/sample.ts'
import { listen } from './listen.ts'
import type { ListenOptions } from './listen-options.ts'

/** How a server is watched from outside. */
export type Observing = {
  observer: Observer
  /** Lets the metrics be read, if somebody asked for them; where. Throws Failure `unreachable`. */
  open(sources: Omit<Sources, 'backlog'>): Promise<string | undefined>
  close(): Promise<void>
}

/** Scrapes come every 15 seconds from each Prometheus; they share one look into the database. */
const BACKLOG_AGE_MS = 5_000
/** Prometheus gives up after 10 seconds; without the database's part the rest still arrives. */
const BACKLOG_PATIENCE_MS = 2_000

/** What the parts tell goes to the metrics, or nowhere. */
export async function startObserving(options: {
  metrics?: ListenOptions | undefined
  database: Database
  logger: Logger
  version: string
}): Promise<Observing> {
  const { metrics: address, database, logger, version } = options
  if (address === undefined) return { observer: NO_OBSERVER, open: async () => undefined, close: async () => {} }
  const metrics = await createMetrics({ version, database: database.provider })
  let close = async (): Promise<void> => {}
  return {
    observer: metrics,
    open: async (sources) => {
      const backlog = cached(() => readBacklog(database), {
        minAgeMs: BACKLOG_AGE_MS,
        patienceMs: BACKLOG_PATIENCE_MS,
      })
      const app = createMetricsApp({ logger, exposition: () => metrics.exposition({ ...sources, backlog }) })
      close = () => app.close()
      return listen(app, address)
    },
    close: () => close(),
  }
}
