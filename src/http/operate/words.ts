import { Type } from 'typebox'

// What the queries and bodies of the operators' API are made of.

/** Without what no database can hold. */
export const Word = Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\0\\p{Surrogate}]*$' })
/** From 1 to MAX_PAGE, as a query has it. */
export const Limit = Type.String({ pattern: '^([1-9][0-9]{0,2}|1000)$' })
export const STRICT = { additionalProperties: false }
