const SERVED: ReadonlySet<string> = new Set(['*/*', 'application/*', 'application/json', 'application/problem+json'])

/**
 * True when an Accept header leaves room for JSON, problem+json or `own`, the media type of the resource
 * when that is another; parameters do not matter. Pure.
 */
export function acceptsJson(accept: string | undefined, own?: string): boolean {
  if (accept === undefined || accept.trim() === '') return true
  const ranges = accept.split(',').map((range) => (range.split(';')[0] ?? '').trim().toLowerCase())
  return ranges.some((range) => SERVED.has(range) || range === own)
}
