// Requests made from the OpenAPI document, and then damaged: most are nearly right, because a request that is wrong
// from end to end is refused at the door.
import * as fc from 'fast-check'

export type FuzzRequest = {
  operation: string
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer | undefined
}

type Schema = {
  $ref?: string
  type?: string
  format?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  additionalProperties?: Schema
  example?: unknown
  maxLength?: number
  nullable?: boolean
}
type Operation = {
  operationId: string
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, unknown>
}
export type FuzzDocument = {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

/** Values that were ever trouble to somebody. */
const hostile = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1e308, 2 ** 53, '', ' ', '\0', '\uD800', '\u202E', '*', [], {}, [[]], {
    a: null,
  }),
  fc.constantFrom(
    'x'.repeat(1_001),
    'http://',
    'http://[::1',
    'javascript:0',
    '2024-02-30T00:00:00Z',
    '9999-12-31T23:59:59-23:59',
  ),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.jsonValue({ maxDepth: 3 }),
)
const keys = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', '', '#actie', '_', 'a_1', 'A1B'),
  fc.string(),
)

/** A value that the schema describes; an example of the document more often than anything else. */
function valid(schema: Schema, document: FuzzDocument): fc.Arbitrary<unknown> {
  const name = schema.$ref?.split('/').at(-1)
  if (name !== undefined) return valid(document.components.schemas[name] ?? {}, document)
  const { type, example, nullable = false } = schema
  const plain = ofType(schema, document)
  const shown =
    example === undefined
      ? plain
      : fc.oneof({ weight: 4, arbitrary: fc.constant(example) }, { weight: 1, arbitrary: plain })
  return nullable || type === undefined ? fc.oneof(shown, fc.constant(null)) : shown
}

function ofType(schema: Schema, document: FuzzDocument): fc.Arbitrary<unknown> {
  const { type, format, properties, required = [], items = {}, additionalProperties, maxLength = 60 } = schema
  if (properties !== undefined) {
    const members = Object.entries(properties).map(([name, member]) => [name, valid(member, document)] as const)
    return fc.record(Object.fromEntries(members), { requiredKeys: required })
  }
  if (additionalProperties !== undefined) {
    const names = fc.constantFrom('bronorganisatie', 'zaaktype', 'object_type', 'objectType', '#resource')
    return fc.dictionary(names, valid(additionalProperties, document), { maxKeys: 3, noNullPrototype: true })
  }
  if (type === 'array') return fc.array(valid(items, document), { maxLength: 3 })
  if (type === 'boolean') return fc.boolean()
  if (type === 'integer') return fc.integer()
  if (type !== 'string') return fc.jsonValue({ maxDepth: 3 })
  if (format === 'uri') return fc.webUrl({ withQueryParameters: true })
  if (format === 'uuid') return fc.uuid()
  if (format === 'date-time') return fc.date({ max: new Date(), noInvalidDate: true }).map((date) => date.toISOString())
  return fc.string({ minLength: 1, maxLength: Math.min(maxLength, 60) })
}

/** The same value with one thing wrong, or with nothing wrong. */
function damaged(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(value, fc.nat(), hostile, keys).map(([right, which, wrong, key]) => {
    if (typeof right !== 'object' || right === null) return which % 2 === 0 ? right : wrong
    const names = Object.keys(right)
    const at = names[which % Math.max(names.length, 1)] ?? key
    switch (which % 8) {
      case 0:
        return Object.fromEntries(Object.entries(right).filter(([name]) => name !== at))
      case 1:
        return { ...right, [at]: wrong }
      case 2:
        return { ...right, [key]: wrong }
      case 3:
        return [right]
      default:
        return right
    }
  })
}

/** A body as bytes, now and then broken as no JSON writer would. */
function encoded(value: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> {
  return fc.tuple(value, fc.integer({ min: 0, max: 60 })).map(([body, accident]) => {
    const text = JSON.stringify(body) ?? ''
    if (accident === 0) return Buffer.from(text.slice(0, text.length / 2))
    if (accident === 1) return Buffer.from(`\uFEFF${text}`)
    if (accident === 2) return Buffer.concat([Buffer.from(text), Buffer.from([0xff])])
    if (accident === 3) return Buffer.from(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`)
    if (accident === 4) return Buffer.alloc(0)
    if (accident === 5) return Buffer.from(`${text}${' '.repeat(1_100_000)}`)
    return Buffer.from(text)
  })
}

/** Usually what the operation takes; what a header may hold otherwise. */
const mostly = (right: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(right) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'text/plain',
        'application/json; charset=zweeds',
        '*/*',
        'application/ld+json',
        'a/b;c=d',
      ),
    },
    {
      weight: 1,
      arbitrary: fc.string({
        unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
        maxLength: 40,
      }),
    },
  )

/** Requests for every operation of the document; `uuids` gives ids of objects of a path that exist. */
export function arbitraryRequest(
  document: FuzzDocument,
  tokens: () => string,
  uuids: (path: string) => string[],
): fc.Arbitrary<FuzzRequest> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      requestOf({ method: method.toUpperCase(), path, operation, document, tokens, uuids }),
    ),
  )
  return fc.oneof(...operations)
}

type Described = {
  method: string
  path: string
  operation: Operation
  document: FuzzDocument
  tokens: () => string
  uuids: (path: string) => string[]
}

function requestOf({ method, path, operation, document, tokens, uuids }: Described): fc.Arbitrary<FuzzRequest> {
  const content = Object.entries(operation.requestBody?.content ?? {})[0]
  const [mediaType, schema] = content === undefined ? ['application/json', undefined] : [content[0], content[1].schema]
  const body = schema === undefined ? fc.constant(undefined) : encoded(damaged(valid(schema, document)))
  const id = fc.oneof(
    { weight: 6, arbitrary: fc.nat().map((which) => uuids(path)[which % Math.max(uuids(path).length, 1)] ?? 'geen') },
    { weight: 1, arbitrary: fc.uuid() },
    { weight: 1, arbitrary: fc.string({ maxLength: 50 }).map(encodeURIComponent) },
  )
  const query = fc.oneof(
    { weight: 8, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.webQueryParameters().map((text) => `?${text}`) },
    { weight: 1, arbitrary: fc.constantFrom('?naam=zaken', '?naam', '?naam=a&naam=b', '?page=1', '?%', '?a[]=1') },
  )
  const credentials = fc.oneof(
    { weight: 20, arbitrary: fc.constant(undefined).map(() => `Bearer ${tokens()}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', 'Bearer', 'Bearer a.b.c', 'bearer x', 'Basic YTpi', `Bearer ${'a'.repeat(9_000)}`),
    },
  )
  const verb = fc.oneof(
    { weight: 30, arbitrary: fc.constant(method) },
    { weight: 1, arbitrary: fc.constantFrom('OPTIONS', 'HEAD', 'PUT', 'DELETE', 'PROPFIND') },
  )
  return fc
    .record({ id, query, credentials, verb, body, type: mostly(mediaType), accept: mostly('application/json') })
    .map((parts) => ({
      operation: `${parts.verb} ${path}`,
      method: parts.verb,
      path: `/api/v1${path.replace('{uuid}', parts.id)}${parts.query}`,
      headers: {
        authorization: parts.credentials,
        accept: parts.accept,
        ...(parts.body === undefined ? {} : { 'content-type': parts.type }),
      },
      body: parts.verb === 'HEAD' || parts.verb === 'OPTIONS' ? undefined : parts.body,
    }))
}
