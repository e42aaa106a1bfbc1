/** A whole number of a row as a number: times in epoch ms, counts. Null stays null. */
export function numberOrNull(value: bigint | number | null): number | null {
  return value === null ? null : Number(value)
}
