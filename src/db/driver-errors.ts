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
