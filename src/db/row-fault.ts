type DriverCause = { kind?: string; code?: string }

const KINDS: ReadonlySet<string> = new Set([
  'LengthMismatch',
  'ValueOutOfRange',
  'InvalidInputValue',
  'UniqueConstraintViolation',
  'NullConstraintViolation',
])

/**
 * True when the database refused a value, so that the same statement without that row could succeed.
 * False for everything about the database itself: a lost connection, a full disk, a lock. Decides on
 * kinds and SQLSTATE class 22 (data exception) only.
 */
export function isRowFault(error: unknown): boolean {
  const { cause, meta } = error as { cause?: DriverCause; meta?: { driverAdapterError?: { cause?: DriverCause } } }
  return [cause, meta?.driverAdapterError?.cause].some(
    (each) =>
      each?.kind !== undefined &&
      (KINDS.has(each.kind) || (each.kind === 'postgres' && each.code?.startsWith('22') === true)),
  )
}
