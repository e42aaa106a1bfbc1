// The rules of the Dutch API Design Rules that can be read off an OpenAPI document, in our own words. The public
// Spectral ruleset is a download, not a package, so its rules are expressed here; schema/README.md explains the
// ones that we do not follow.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../src/common/package-root.ts'

type Answer = { headers?: Record<string, unknown>; content?: Record<string, unknown>; description?: string }
type Operation = {
  operationId?: string
  description?: string
  summary?: string
  tags?: string[]
  responses: Record<string, Answer>
}
type Document = {
  openapi: string
  info: { version: string; title: string; description?: string; license?: object }
  servers: { url: string }[]
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, { properties?: Record<string, unknown> }> }
}

const document = JSON.parse(readFileSync(join(packageRoot, 'schema/openapi.json'), 'utf8')) as Document
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    method,
    path,
    operation,
  })),
)
const answers = operations.flatMap(({ name, operation }) =>
  Object.entries(operation.responses).map(([status, answer]) => ({
    name: `${name} ${status}`,
    status: Number(status),
    answer,
  })),
)

/** Each gives the places that break it. */
const RULES: Record<string, () => string[]> = {
  'the document is OpenAPI 3': () => (/^3(\.\d+){1,2}$/.test(document.openapi) ? [] : [document.openapi]),
  'the version of the API is semantic': () =>
    /^\d+\.\d+\.\d+$/.test(document.info.version) ? [] : [document.info.version],
  'the major version stands in the address': () =>
    document.servers.map(({ url }) => url).filter((url) => !/\/v\d+$/.test(url)),
  'paths have no slash at the end': () =>
    Object.keys(document.paths).filter((path) => path !== '/' && path.endsWith('/')),
  'segments of paths are in kebab-case': () =>
    Object.keys(document.paths).filter((path) => !/^\/$|^(\/([a-z0-9-]+|\{\w+\}))+$/.test(path)),
  'methods are the standard ones': () =>
    operations.filter(({ method }) => !/^(get|post|put|patch|delete)$/.test(method)).map(({ name }) => name),
  'every answer tells the version in a header': () =>
    answers.filter(({ answer }) => answer.headers?.['API-version'] === undefined).map(({ name }) => name),
  'every error is a problem document': () =>
    answers
      .filter(({ status, answer }) => status >= 400 && answer.content?.['application/problem+json'] === undefined)
      .map(({ name }) => name),
  'names of schemas are in PascalCase': () =>
    Object.keys(document.components.schemas).filter((name) => !/^([A-Z][a-z0-9]+)+$/.test(name)),
  'names of members are in camelCase': () =>
    Object.values(document.components.schemas)
      .flatMap(({ properties = {} }) => Object.keys(properties))
      .filter((name) => !/^[a-z][a-zA-Z0-9]*$/.test(name)),
  'every operation has an id of its own, a summary and a known tag': () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    const tags = new Set(document.tags.map(({ name }) => name))
    return operations
      .filter(
        ({ operation: { operationId, summary, tags: own = [] } }) =>
          ids.filter((id) => id === operationId).length !== 1 || !summary || !own.every((tag) => tags.has(tag)),
      )
      .map(({ name }) => name)
  },
  'every answer is described': () =>
    answers.filter(({ answer }) => !answer.description || /default/i.test(answer.description)).map(({ name }) => name),
}

/** Rules that we break on purpose, each with the line of schema/README.md that explains it. */
const EXPLAINED: Record<string, string> = {
  'info-contact': 'no contact',
  'servers-use-https': 'relative',
  'problem-schema-members': '`code` and `invalidParams`',
}

for (const [rule, broken] of Object.entries(RULES)) void t.test(rule, async (t) => t.strictSame(broken(), []))

void t.test('what is not followed is explained', async (t) => {
  const readme = readFileSync(join(packageRoot, 'schema/README.md'), 'utf8')
  for (const [rule, words] of Object.entries(EXPLAINED)) {
    t.match(readme, new RegExp(`\`${rule}\`.*${words}`), rule)
  }
})
