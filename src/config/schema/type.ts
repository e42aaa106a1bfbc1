// TypeBox gives these schemas their TypeScript types; the schemas themselves, plain JSON, are made here.
// Its 373 files take 170 ms to load, three times the start of Node, for what is little more than a literal.
import type { Type as TypeBox } from 'typebox'

type Options = object
/** The members of TypeBox's `Type` that a configuration needs. */
type Builder = Pick<
  typeof TypeBox,
  'Array' | 'Boolean' | 'Enum' | 'Integer' | 'Literal' | 'Number' | 'Object' | 'Optional' | 'String' | 'Unsafe'
>

/** Marks a property that may be absent; not enumerable, so it is in no JSON and in no copy. */
const OPTIONAL = '~optional'

/** Makes schemas, as TypeBox does. */
export const Type = {
  String: (options: Options = {}) => ({ type: 'string', ...options }),
  Boolean: (options: Options = {}) => ({ type: 'boolean', ...options }),
  Integer: (options: Options = {}) => ({ type: 'integer', ...options }),
  Number: (options: Options = {}) => ({ type: 'number', ...options }),
  Literal: (value: unknown, options: Options = {}) => ({ type: typeof value, const: value, ...options }),
  Enum: (values: readonly unknown[], options: Options = {}) => ({ enum: values, ...options }),
  Array: (items: object, options: Options = {}) => ({ type: 'array', items, ...options }),
  Object: (properties: Readonly<Record<string, object>>, options: Options = {}) => {
    const required = Object.keys(properties).filter((key) => !(OPTIONAL in properties[key]!))
    return { type: 'object', ...(required.length === 0 ? {} : { required }), properties, ...options }
  },
  Optional: (schema: object) => Object.defineProperty({ ...schema }, OPTIONAL, { value: true }),
  Unsafe: (schema: object) => schema,
} as unknown as Builder
