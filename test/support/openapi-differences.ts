// What a client that follows a reference document meets differently in ours, operation by operation. Read from the
// client's side: what it may send must be taken, what it is promised must come. Pure.

type Schema = {
  $ref?: string
  type?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  additionalProperties?: Schema | boolean
  readOnly?: boolean
  writeOnly?: boolean
  maxLength?: number
  minLength?: number
  anyOf?: Schema[]
}
type Content = Record<string, { schema?: Schema }>
type Operation = {
  operationId?: string
  parameters?: { name: string; in: string }[]
  requestBody?: { $ref?: string; content: Content }
  responses: Record<string, { content?: Content; headers?: Record<string, unknown> }>
}
export type Document = {
  paths: Record<string, Record<string, unknown>>
  components: { schemas: Record<string, Schema>; requestBodies?: Record<string, { content: Content }> }
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** One line for each difference, in the order of the reference document. */
export function openApiDifferences(reference: Document, ours: Document): string[] {
  return Object.entries(reference.paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => method in methods).flatMap((method) => {
      const theirs = methods[method] as Operation
      const own = ours.paths[path]?.[method] as Operation | undefined
      const name = `${method.toUpperCase()} ${path}`
      if (own === undefined) return [`${name}: is not there`]
      const found = [
        ...(theirs.operationId === own.operationId ? [] : [`operationId is ${own.operationId}`]),
        ...parameterDifferences(theirs, own),
        ...bodyDifferences(theirs, own, reference, ours),
        ...answerDifferences(theirs, own, reference, ours),
      ]
      return found.map((difference) => `${name}: ${difference}`)
    }),
  )
}

function parameterDifferences(theirs: Operation, own: Operation): string[] {
  const names = new Set((own.parameters ?? []).map(({ name }) => name))
  const asked = (theirs.parameters ?? []).filter(({ in: place }) => place === 'query' || place === 'path')
  return asked.filter(({ name }) => !names.has(name)).map(({ name }) => `no parameter ${name}`)
}

function bodyDifferences(theirs: Operation, own: Operation, reference: Document, ours: Document): string[] {
  const asked = bodyOf(theirs, reference)
  if (asked === undefined) return []
  const taken = bodyOf(own, ours) ?? {}
  return Object.entries(asked).flatMap(([type, { schema = {} }]) => {
    const mine = taken[type]?.schema
    if (mine === undefined) return [`does not take ${type}`]
    return stricter(schema, mine, { reference, ours, skip: 'readOnly' }).map((each) => `body ${each}`)
  })
}

function bodyOf({ requestBody }: Operation, { components }: Document): Content | undefined {
  const name = requestBody?.$ref?.split('/').at(-1)
  return name === undefined ? requestBody?.content : components.requestBodies?.[name]?.content
}

function answerDifferences(theirs: Operation, own: Operation, reference: Document, ours: Document): string[] {
  const missing = Object.keys(theirs.responses).filter((status) => !(status in own.responses))
  const shared = Object.keys(theirs.responses).filter((status) => status in own.responses)
  const bodies = shared.flatMap((status) => {
    const promised = theirs.responses[status]?.content ?? {}
    const given = own.responses[status]?.content ?? {}
    return Object.entries(promised).flatMap(([type, { schema = {} }]) => {
      const mine = given[type]?.schema
      if (mine === undefined) return [`answer ${status} is not ${type}`]
      const options = mine.anyOf ?? [mine]
      const compared = options.map((option) =>
        stricter(option, schema, { reference: ours, ours: reference, skip: 'writeOnly', answer: true }),
      )
      return (compared.find((each) => each.length === 0) ?? compared[0] ?? []).map((each) => `answer ${status} ${each}`)
    })
  })
  return [...(missing.length === 0 ? [] : [`never answers ${missing.join(', ')}`]), ...bodies]
}

type Comparing = { reference: Document; ours: Document; skip: 'readOnly' | 'writeOnly'; answer?: boolean }

/** Where `narrow` refuses or lacks what `wide` allows: `wide` is what is sent, `narrow` what is expected. */
function stricter(wide: Schema, narrow: Schema, comparing: Comparing, path = ''): string[] {
  const sent = resolve(wide, comparing.reference)
  const expected = resolve(narrow, comparing.ours)
  const at = path === '' ? '' : `${path} `
  if (sent.type !== undefined && expected.type !== undefined && sent.type !== expected.type) {
    return [`${at}is ${expected.type}, not ${sent.type}`]
  }
  if (expected.properties !== undefined) return memberDifferences(sent, expected, comparing, path)
  if (expected.items !== undefined && sent.items !== undefined) {
    return stricter(sent.items, expected.items, comparing, `${path}[]`)
  }
  if (typeof expected.additionalProperties === 'object' && typeof sent.additionalProperties === 'object') {
    return stricter(sent.additionalProperties, expected.additionalProperties, comparing, `${path}{}`)
  }
  if (comparing.answer === true) return []
  const tooLong = expected.maxLength !== undefined && (sent.maxLength ?? Infinity) > expected.maxLength
  const tooShort = (expected.minLength ?? 0) > (sent.minLength ?? 0)
  return [
    ...(tooLong ? [`${at}is at most ${expected.maxLength}`] : []),
    ...(tooShort ? [`${at}is at least ${expected.minLength}`] : []),
  ]
}

function memberDifferences(sent: Schema, expected: Schema, comparing: Comparing, path: string): string[] {
  const here = (name: string): string => (path === '' ? name : `${path}.${name}`)
  const visible = ({ properties = {} }: Schema): [string, Schema][] =>
    Object.entries(properties).filter(([, schema]) => schema[comparing.skip] !== true)
  const expectedNames = visible(expected).map(([name]) => name)
  const demanded = (expected.required ?? []).filter((name) => expectedNames.includes(name))
  const missing = demanded.filter((name) => !(sent.required ?? []).includes(name))
  const unknown = visible(sent).filter(([name]) => !expectedNames.includes(name))
  const promised =
    comparing.answer === true ? expectedNames.filter((name) => sent.properties?.[name] === undefined) : []
  return [
    ...missing.map((name) => `demands ${here(name)}`),
    ...(comparing.answer === true ? [] : unknown.map(([name]) => `does not know ${here(name)}`)),
    ...promised.map((name) => `has no ${here(name)}`),
    ...visible(sent).flatMap(([name, schema]) => {
      const counterpart = expected.properties?.[name]
      return counterpart === undefined ? [] : stricter(schema, counterpart, comparing, here(name))
    }),
  ]
}

function resolve(schema: Schema, { components }: Document): Schema {
  const name = schema.$ref?.split('/').at(-1)
  return name === undefined ? schema : resolve(components.schemas[name] ?? {}, { components } as Document)
}
