import { join, raw, sqltag as sql, type Sql } from '@prisma/client/runtime/client'
import type { Provider } from '../target.ts'
import type { Column, Row } from './tables.ts'

// Many values in one parameter: a JSON array that the database takes apart. The number of parameters
// and the text of a statement then do not depend on the number of values.

/** A list of texts for `IN`. */
export function textList(provider: Provider, values: readonly string[]): Sql {
  const json = JSON.stringify(values)
  return provider === 'sqlite'
    ? sql`(SELECT value FROM json_each(${json}))`
    : sql`(SELECT json_array_elements_text(${json}::json))`
}

/** A list of secret slots for `(object_id, field, slot) IN`. */
export function slotList(provider: Provider, rows: readonly Row[]): Sql {
  const json = JSON.stringify(rows.map(({ objectId, field, slot }) => [objectId, field, slot]))
  return provider === 'sqlite'
    ? sql`(SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(${json}))`
    : sql`(SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_array_elements(${json}::json))`
}

/** A SELECT that gives `rows` back, with `columns` in their order. */
export function selectRows(provider: Provider, columns: readonly Column[], rows: readonly Row[]): Sql {
  const json = JSON.stringify(rows)
  if (provider === 'sqlite') {
    // WHERE: without it, ON CONFLICT behind an INSERT ... SELECT is read as a join.
    return sql`SELECT ${join(columns.map(({ key }) => raw(`value ->> '$.${key}'`)))} FROM json_each(${json}) WHERE true`
  }
  const record = columns.map(({ key, type }) => raw(`"${key}" ${type}`))
  return sql`
    SELECT ${join(columns.map(({ key }) => raw(`"${key}"`)))}
    FROM json_to_recordset(${json}::json) AS record(${join(record)})`
}
