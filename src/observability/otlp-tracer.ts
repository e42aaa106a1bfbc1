import { setTimeout as sleep } from 'node:timers/promises'
import type { Span, SpanKind } from '@opentelemetry/api'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import type { Secret } from '../common/secret.ts'
import { formatTraceparent, parseTraceparent } from '../common/traceparent.ts'
import { errorFacts } from './error-facts.ts'
import type { Logger } from './logger.ts'
import type { Attributes, Tracer, TraceSpan } from './tracer.ts'

/** Where spans go and which, by the environment specification of OpenTelemetry. */
export type TracingOptions = {
  /** Of the traces, not of the collector. */
  url: string
  headers: Readonly<Record<string, Secret>>
  /** `service.name` among them. */
  resource: Readonly<Record<string, string>>
  sampler: SamplerName
  /** Share of the traces that begin here, for the samplers that ask for one. */
  ratio: number
}
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const
export type SamplerName = (typeof SAMPLERS)[number]

export type OtlpTracer = Tracer & {
  /** Sends what there is, for a few seconds at most. Never rejects. */
  stop(): Promise<void>
}

/** Spans in memory; what comes on top of them while the collector is away is dropped. */
const MAX_QUEUED = 2_048
const FLUSH_MS = 3_000
const COMPLAIN_EVERY_MS = 60_000

/**
 * Traces to a collector with OTLP over HTTP (JSON). The libraries are loaded here, so that who does not trace does not
 * have them, and nothing global is set: with several servers in a process each has its own. What cannot be exported
 * is dropped, and the log says so once a minute.
 */
export async function createOtlpTracer(options: TracingOptions, logger: Logger, version: string): Promise<OtlpTracer> {
  const [api, sdk, { resourceFromAttributes }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ])
  const headers = Object.fromEntries(Object.entries(options.headers).map(([name, value]) => [name, value.reveal()]))
  const exporter = complaining(new OTLPTraceExporter({ url: options.url, headers }), logger)
  const root = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(options.ratio),
  }[options.sampler.replace('parentbased_', '') as 'always_on' | 'always_off' | 'traceidratio']()
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.version': version, ...options.resource }),
    sampler: options.sampler.startsWith('parentbased_') ? new sdk.ParentBasedSampler({ root }) : root,
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, maxQueueSize: MAX_QUEUED })],
  })
  const tracer = provider.getTracer('bode', version)

  function start(name: string, kind: SpanKind, traceparent: string | null, attributes: Attributes): TraceSpan {
    const parent = traceparent === null ? undefined : parseTraceparent(traceparent)
    const context =
      parent === undefined
        ? api.ROOT_CONTEXT
        : api.trace.setSpanContext(api.ROOT_CONTEXT, {
            traceId: parent.traceId,
            spanId: parent.spanId,
            traceFlags: parent.flags,
            isRemote: true,
          })
    const span = tracer.startSpan(name, { kind, attributes }, context)
    return {
      traceparent: traceparentOf(span),
      end: (end) => {
        span.setAttributes(end.attributes)
        if (end.failed) span.setStatus({ code: api.SpanStatusCode.ERROR })
        span.end()
      },
    }
  }

  return {
    publishing: ({ traceparent = null, method, route }) =>
      start(`${method} ${route}`, api.SpanKind.SERVER, traceparent, {
        'http.request.method': method,
        'http.route': route,
      }),
    attempting: (traceparent, attributes) => start('deliver', api.SpanKind.CLIENT, traceparent, attributes),
    stop: async () => {
      await Promise.race([provider.shutdown().catch(() => {}), sleep(FLUSH_MS, undefined, { ref: false })])
    },
  }
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return formatTraceparent({ traceId, spanId, flags: traceFlags })
}

/** Tells of failures by their kind only: an error can hold what was sent. The libraries themselves log nothing. */
function complaining(exporter: SpanExporter, logger: Logger): SpanExporter {
  let complainedAt = -Infinity
  const complain = (error: unknown, spans: number): void => {
    if (performance.now() - complainedAt < COMPLAIN_EVERY_MS) return
    complainedAt = performance.now()
    const { code } = Object(error) as { code?: unknown }
    const status = typeof code === 'number' ? { status: code } : {}
    logger.warn({ ...errorFacts(error), ...status, spans }, 'traces could not be exported')
  }
  return {
    export: (spans: ReadableSpan[], done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined) complain(result.error, spans.length)
        done(result)
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  }
}
