import { PROBLEM_CATALOGUE, type CatalogueEntry } from '../problem-catalogue.ts'
import { FIELD_TEXTS, PROBLEM_TEXTS, type ErrorText } from './error-texts.ts'
import { html, page, table, type Html } from './html.ts'

/**
 * The page about one kind of error, by the class in `type` or by a code; undefined when there is none. Behind
 * the `type` of every problem document.
 */
export function problemPage(root: string, name: string): string | undefined {
  const kind = Object.values(PROBLEM_CATALOGUE).find((entry) => entry.class === name)
  if (kind !== undefined)
    return page(root, withoutPlaceholders(kind.title), html`${factsOf(kind)}${tableOf(textsOf(kind))}`)
  const owner = Object.values(PROBLEM_CATALOGUE).find((entry) => textsOf(entry).some(({ code }) => code === name))
  const ofProblem = owner === undefined ? undefined : textsOf(owner).find(({ code }) => code === name)
  const ofField = FIELD_TEXTS.find(({ code }) => code === name)
  if (ofProblem === undefined && ofField === undefined) return undefined
  return page(
    root,
    `Foutcode ${name}`,
    html`${owner === undefined || ofProblem === undefined ? '' : html`${factsOf(owner)}${explain(ofProblem)}`}
    ${
      ofField === undefined
        ? ''
        : html`<h2>Als code van een veld, in invalidParams</h2>
            ${explain(ofField)}`
    }`,
  )
}

/** Every error there is. */
export function problemsPage(root: string): string {
  const kinds = Object.values(PROBLEM_CATALOGUE).map(
    (kind) =>
      html`<h2><a href="${root}/ref/fouten/${kind.class}/">${withoutPlaceholders(kind.title)}</a></h2>
        ${factsOf(kind)}${tableOf(textsOf(kind))}`,
  )
  return page(
    root,
    'Fouten',
    html`${kinds}
      <h2>Codes van velden, in invalidParams</h2>
      ${tableOf(FIELD_TEXTS)}`,
  )
}

function textsOf({ class: name }: CatalogueEntry): readonly ErrorText[] {
  return PROBLEM_TEXTS[name] ?? []
}

function factsOf({ status, title }: CatalogueEntry): Html {
  return html`<p>HTTP-status ${status}, <code>title</code> is <q>${title}</q></p>`
}

function explain({ meaning, remedy }: ErrorText): Html {
  return html`<p>${meaning}</p>
    <p><strong>Wat te doen:</strong> ${remedy}</p>`
}

function tableOf(texts: readonly ErrorText[]): Html {
  const rows = texts.map(
    ({ code, meaning, remedy }) =>
      html`<tr>
        <th scope="row"><code>${code}</code></th>
        <td>${meaning}</td>
        <td>${remedy}</td>
      </tr>`,
  )
  return table(['Code', 'Betekenis', 'Wat te doen'], rows)
}

/** Titles have placeholders that are never filled in: clients of Open Notificaties see them so. */
function withoutPlaceholders(title: string): string {
  return title.replace(/ "\{\w+\}"/, '').replace(/\.$/, '')
}
