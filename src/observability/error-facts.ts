/** What may be logged of an error that can carry data with it. */
export type ErrorFacts = { error: string; code?: string; kind?: string }

/**
 * Name, code and kind of an error. Its message stays out: a database puts the row that it refused into it,
 * and rows hold personal data.
 */
export function errorFacts(error: unknown): ErrorFacts {
  const { name, code, cause, meta } = Object(error) as {
    name?: unknown
    code?: unknown
    cause?: { kind?: unknown }
    meta?: { driverAdapterError?: { cause?: { kind?: unknown } } }
  }
  const kind = meta?.driverAdapterError?.cause?.kind ?? cause?.kind
  return {
    error: typeof name === 'string' ? name : typeof error,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof kind === 'string' ? { kind } : {}),
  }
}
