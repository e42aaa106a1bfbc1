type DriverCause = { kind?: string }

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
