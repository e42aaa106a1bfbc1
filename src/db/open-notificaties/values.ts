import type { GivenSecret, Origin } from '../../common/open-notificaties.ts'
import { Secret } from '../../common/secret.ts'
import type { JsonRow } from './connect.ts'

/** A text column; NULL and a column that the version does not have are empty. */
export function text(row: JsonRow, column: string): string {
  const value = row[column]
  return typeof value === 'string' ? value : ''
}

export function texts(row: JsonRow, column: string): string[] {
  const value = row[column]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** An id or a foreign key; undefined for NULL. */
export function reference(row: JsonRow, column: string): number | undefined {
  const value = row[column]
  return typeof value === 'number' ? value : undefined
}

export function count(row: JsonRow, column: string): number | undefined {
  return reference(row, column)
}

export function secret(row: JsonRow, column: string): GivenSecret | undefined {
  const value = text(row, column)
  return value === '' ? undefined : { value: new Secret(value) }
}

/** A row has no place in a file; its table and id are how it is found. */
export function origin(shown: string): Origin {
  return { shown }
}

/** Rows by the value of a foreign key. */
export function groupedBy(rows: readonly JsonRow[], column: string): Map<number, JsonRow[]> {
  const groups = new Map<number, JsonRow[]>()
  for (const row of rows) {
    const key = reference(row, column)
    if (key === undefined) continue
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [row])
    else known.push(row)
  }
  return groups
}
