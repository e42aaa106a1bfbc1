// How parts of the schema are called, for the reference in schema/README.md and for `bode explain`.

/** What is read of a JSON Schema. */
export type JsonSchema = {
  title?: string
  description?: string
  markdownDescription?: string
  type?: string | string[]
  enum?: string[]
  const?: string
  default?: unknown
  examples?: unknown[]
  format?: string
  deprecated?: boolean
  required?: string[]
  properties?: Record<string, JsonSchema>
  additionalProperties?: boolean | JsonSchema
  items?: JsonSchema
  oneOf?: JsonSchema[]
  then?: JsonSchema
  else?: JsonSchema
  minimum?: number
  maximum?: number
  formatMinimum?: string
  formatMaximum?: string
  'x-secret'?: boolean
}

const FORMAT_NAMES: Record<string, string> = { 'http-url': 'URL', uuid: 'uuid', 'date-time': 'date and time' }
const TYPE_NAMES: Record<string, string> = { string: 'text', boolean: '`true`, `false`', object: 'map' }

/** What may stand there, in words and Markdown: `duration 1ms to 365d`, `list of text`, `secret`. */
export function typeOf(schema: JsonSchema): string {
  if (schema['x-secret'] === true) return 'secret'
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (schema.format === 'bode-duration') return `duration ${schema.formatMinimum} to ${schema.formatMaximum}`
  if (schema.format !== undefined && schema.format in FORMAT_NAMES) return FORMAT_NAMES[schema.format]!
  if (schema.type === 'array') return schema.items?.type === 'object' ? 'list' : `list of ${typeOf(schema.items ?? {})}`
  if (schema.type === 'integer' || schema.type === 'number') {
    return `${schema.type === 'integer' ? 'whole number' : 'number'} ${schema.minimum} to ${schema.maximum}`
  }
  return TYPE_NAMES[String(schema.type ?? '')] ?? 'map'
}
