import type { OpenApiDocument, OpenApiOperation } from '../openapi/document.ts'
import { html, page, table, type Html } from './html.ts'

/** The OpenAPI document as a page: every operation and every schema, without a script. Pure. */
export function apiPage(root: string, { info, tags = [], paths, components }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  const groups = tags.flatMap(({ name, description }) => {
    const members = operations.filter(({ operation }) => operation.tags?.includes(name))
    if (members.length === 0) return []
    return [
      html`<section>
        <h2 id="${name}">${name}</h2>
        <p>${description ?? ''}</p>
        ${members.map(describe)}
      </section>`,
    ]
  })
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      html`<h3 id="schema-${name}">${name}</h3>
        ${shown(schema)}`,
  )
  return page(
    root,
    info.title,
    html`<p>${info.description ?? ''}</p>
      <p>
        Versie ${info.version}; adressen beginnen met <code>${root}/api/v1</code>. Hetzelfde als OpenAPI-document:
        <a href="${root}/api/v1/openapi.yaml">YAML</a>, <a href="${root}/api/v1/openapi.json">JSON</a>.
      </p>
      ${groups}
      <section>
        <h2 id="schemas">Schema’s</h2>
        ${schemas}
      </section>`,
  )
}

function describe({ method, path, operation }: { method: string; path: string; operation: OpenApiOperation }): Html {
  const { operationId, summary = '', description, parameters = [], requestBody, responses } = operation
  const body = Object.entries(requestBody?.content ?? {}).map(
    ([type, { schema }]) => html`<p>Body (<code>${type}</code>): ${named(schema)}</p>`,
  )
  return html`<article aria-labelledby="${operationId}">
    <h3 id="${operationId}"><code>${method} ${path}</code></h3>
    <p>${summary}</p>
    ${paragraphs(description)} ${parameters.length === 0 ? '' : parameterList(parameters)} ${body}
    ${responseTable(responses)}
  </article>`
}

function paragraphs(text = ''): readonly Html[] {
  return text
    .split('\n\n')
    .filter((each) => each !== '')
    .map((each) => html`<p>${codeIn(each)}</p>`)
}

/** What stands between backticks as code. */
function codeIn(text: string): readonly Html[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))
}

function parameterList(parameters: NonNullable<OpenApiOperation['parameters']>): Html {
  const items = parameters.map(
    ({ name, in: place, required = false, description = '' }) =>
      html`<li><code>${name}</code> (${place}${required ? ', verplicht' : ''}) ${description}</li>`,
  )
  return html`<p>Parameters:</p>
    <ul>
      ${items}
    </ul>`
}

function responseTable(responses: OpenApiOperation['responses']): Html {
  const rows = Object.entries(responses).map(([status, { description, content = {} }]) => {
    const bodies = Object.entries(content).map(([type, { schema }]) => html`${named(schema)} (<code>${type}</code>) `)
    return html`<tr>
      <th scope="row">${status}</th>
      <td>${codeIn(description)}</td>
      <td>${bodies}</td>
    </tr>`
  })
  return table(['Status', 'Betekenis', 'Body'], rows, 'Antwoorden')
}

/** A link to a component, or the schema itself. */
function named(schema: object): Html {
  const names = [...JSON.stringify(schema).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name = '']) => name)
  if (names.length === 0) return shown(schema)
  const links = names.map((name) => html`<a href="#schema-${name}">${name}</a>`)
  return html`${'items' in schema ? 'lijst van ' : ''}${links}`
}

function shown(schema: object): Html {
  return html`<pre><code>${JSON.stringify(schema, null, 2)}</code></pre>`
}
