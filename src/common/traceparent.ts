/** Where in a trace somebody else's work is: the `traceparent` header of W3C Trace Context. Ids are lower-case hex. */
export type TraceParent = { traceId: string; spanId: string; flags: number }

const PATTERN = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const SAMPLED = 1

/** Reads a `traceparent` by §3.2 of the standard; undefined when it is none, and then a trace begins here. */
export function parseTraceparent(text: string): TraceParent | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] = PATTERN.exec(text) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, flags: Number.parseInt(flags, 16) & SAMPLED }
}

/** The header for whoever goes on: version 00, with the flag that the standard defines there. */
export function formatTraceparent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-0${flags & SAMPLED}`
}
