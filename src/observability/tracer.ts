/** One piece of work in a trace. */
export type TraceSpan = {
  /** The W3C traceparent for whoever goes on with the work; null: nobody traces. */
  readonly traceparent: string | null
  /** It is over. Never throws. */
  end(end: { failed: boolean; attributes: Attributes }): void
}

/** What a span says of its work. Nothing personal: no kenmerken, no URL (decision 30). Undefined is left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>

export type Tracer = {
  /** A message comes in, perhaps as part of a trace. `route` is the pattern. Never throws. */
  publishing(request: { traceparent: string | undefined; method: string; route: string }): TraceSpan
  /** A message goes out, as part of the trace that it came in with. Never throws. */
  attempting(traceparent: string | null, attributes: Attributes): TraceSpan
}

const NO_SPAN: TraceSpan = { traceparent: null, end: () => {} }

/** Nobody traces. */
export const NO_TRACER: Tracer = { publishing: () => NO_SPAN, attempting: () => NO_SPAN }
