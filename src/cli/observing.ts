import type { Database } from '../db/open.ts'
import { readBacklog } from '../db/read-backlog.ts'
import { createMetricsApp } from '../http/metrics-app.ts'
import { cached } from '../observability/cached.ts'
import type { Logger } from '../observability/logger.ts'
import { createMetrics } from '../observability/metrics.ts'
import { NO_OBSERVER, type Observer } from '../observability/observer.ts'
import { createOtlpTracer, type TracingOptions } from '../observability/otlp-tracer.ts'
import type { Sources } from '../observability/sample.ts'
import { NO_TRACER, type Tracer } from '../observability/tracer.ts'
import { listen } from './listen.ts'
import type { ListenOptions } from './listen-options.ts'

/** How a server is watched from outside. */
export type Observing = {
  observer: Observer
  tracer: Tracer
  /** Lets the metrics be read, if somebody asked for them; where. Throws Failure `unreachable`. */
  open(sources: Omit<Sources, 'backlog'>): Promise<string | undefined>
  close(): Promise<void>
}

export type ObservingOptions = {
  metrics?: ListenOptions | undefined
  tracing?: (TracingOptions & { notUnderstood: readonly string[] }) | undefined
  database: Database
  logger: Logger
  version: string
}

/** Scrapes come every 15 seconds from each Prometheus; they share one look into the database. */
const BACKLOG_AGE_MS = 5_000
/** Prometheus gives up after 10 seconds; without the database's part the rest still arrives. */
const BACKLOG_PATIENCE_MS = 2_000

/** What the parts tell goes to the metrics and the traces, or nowhere. */
export async function startObserving(options: ObservingOptions): Promise<Observing> {
  const { metrics: address, tracing, database, logger, version } = options
  const metrics = address && (await createMetrics({ version, database: database.provider }))
  const tracer = tracing && (await createOtlpTracer(tracing, logger, version))
  for (const variable of tracing?.notUnderstood ?? []) {
    logger.warn({ variable }, 'this value has no meaning here; the default is used')
  }
  let closeMetrics = async (): Promise<void> => {}
  return {
    observer: metrics ?? NO_OBSERVER,
    tracer: tracer ?? NO_TRACER,
    open: async (sources) => {
      if (address === undefined || metrics === undefined) return undefined
      const backlog = cached(() => readBacklog(database), {
        minAgeMs: BACKLOG_AGE_MS,
        patienceMs: BACKLOG_PATIENCE_MS,
      })
      const app = createMetricsApp({ logger, exposition: () => metrics.exposition({ ...sources, backlog }) })
      closeMetrics = () => app.close()
      return listen(app, address)
    },
    close: async () => {
      await Promise.all([closeMetrics(), tracer?.stop()])
    },
  }
}
