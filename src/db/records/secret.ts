/** The JSON of column `reference`: where a value came from; null for a value given through the API. */
export function toReferenceColumn(reference: object | null): string | null {
  return reference === null ? null : JSON.stringify(reference)
}

/** Reads what `toReferenceColumn` wrote; the caller knows its type. */
export function fromReferenceColumn(reference: string | null): unknown {
  return reference === null ? null : JSON.parse(reference)
}
