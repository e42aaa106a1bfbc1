const SERVED: ReadonlySet<string> = new Set(['*/*', 'application/*', 'application/json', 'application/problem+json'])

/** True when an Accept header leaves room for JSON or problem+json; parameters do not matter. Pure. */
export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true
  return accept.split(',').some((range) => SERVED.has((range.split(';')[0] ?? '').trim().toLowerCase()))
}
