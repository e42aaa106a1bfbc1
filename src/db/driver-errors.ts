type DriverCause = { kind?: string; originalCode?: string }

/**
 * SQLITE_BUSY, in the three shapes in which it arrives: from the driver adapter itself, from a raw
 * statement (P2010) and from a model query (P1008). Codes and kinds only: messages are not a contract.
 */
export function isBusy(error: unknown): boolean {
  const { code, cause, meta } = error as {
    code?: string
    cause?: DriverCause
    meta?: { driverAdapterError?: { cause?: DriverCause } }
  }
  return code === 'P1008' || [cause, meta?.driverAdapterError?.cause].some((each) => each?.kind === 'SocketTimeout')
}

/**
 * What the driver adapter calls the reason why a database could not be opened (`AuthenticationFailed`,
 * `DatabaseNotReachable`, ...), with the database's own code. For a Failure of `openDatabase` or its cause.
 */
export function openingFault(error: unknown): { kind: string | undefined; code: string | undefined } {
  const { cause, meta } = error as { cause?: unknown; meta?: { driverAdapterError?: { cause?: DriverCause } } }
  const found = meta?.driverAdapterError?.cause
  if (found !== undefined) return { kind: found.kind, code: found.originalCode }
  return typeof cause === 'object' && cause !== null ? openingFault(cause) : { kind: undefined, code: undefined }
}

const AWAY: ReadonlySet<string> = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'TlsConnectionError',
  'TooManyConnections',
  'SocketTimeout',
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
])

/**
 * True when the database gave no answer: not reachable, shutting down (SQLSTATE 57P), a connection that broke (class
 * 08) or that none was free. By codes and kinds.
 */
export function isDatabaseAway(error: unknown): boolean {
  const { code, cause, meta } = Object(error) as {
    code?: string
    cause?: DriverCause & { code?: string }
    meta?: { driverAdapterError?: { cause?: DriverCause & { code?: string } } }
  }
  const found = [cause, meta?.driverAdapterError?.cause].flatMap((each) => [each?.kind, each?.code, each?.originalCode])
  return [code, ...found].some((each) => each !== undefined && (AWAY.has(each) || /^(57P|08)/.test(each)))
}
