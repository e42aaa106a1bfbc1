import { createHash } from 'node:crypto'

/** Text that is HTML already; only `html` makes it, so that nothing else is taken for it. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Makes HTML of a template: what is put in is escaped, unless it is HTML already; lists are joined. Pure. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (Html | readonly Html[] | string | number)[]
): Html {
  return new Html(parts.reduce((text, part, index) => text + textOf(values[index - 1] ?? '') + part))
}

function textOf(value: Html | readonly Html[] | string | number): string {
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(({ text }) => text).join('\n')
  return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

// Contrast of text and links to the background is at least 7:1 in both schemes, and the focus is always seen.
const STYLE = `
:root { color-scheme: light dark; --text: #1b1b1b; --paper: #fff; --link: #00408f; --line: #767676 }
@media (prefers-color-scheme: dark) { :root { --text: #eee; --paper: #161616; --link: #a8cbff; --line: #8c8c8c } }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--paper); overflow-wrap: anywhere }
a { color: var(--link) }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
.skip { position: absolute; left: -100rem }
.skip:focus { position: static }
table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top }
code, pre { font-family: ui-monospace, monospace }
pre { overflow-x: auto; border: 1px solid var(--line); padding: .5rem }
`

/** In one piece: its hash is of every character between the tags. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`)

/** Of every page: nothing is loaded, run, framed or sent. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * A whole page in Dutch, usable by keyboard and screen reader: one h1, landmarks, a way past the navigation.
 * `root` is the absolute root of the request. Pure.
 */
export function page(root: string, title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="nl">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} - Notificaties API</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <a class="skip" href="#inhoud">Naar de inhoud</a>
        <header>
          <nav aria-label="Onderdelen">
            <a href="${root}/">Begin</a> | <a href="${root}/api/v1/schema/">API</a> |
            <a href="${root}/ref/fouten/">Fouten</a> | <a href="${root}/ref/scopes/">Scopes</a>
          </nav>
        </header>
        <main id="inhoud">
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `.text
}

/** A table with a heading for every column; `rows` are `tr` elements. Pure. */
export function table(columns: readonly string[], rows: readonly Html[], caption?: string): Html {
  const headings = columns.map((name) => html`<th scope="col">${name}</th>`)
  return html`<table>
    ${
      caption === undefined
        ? ''
        : html`<caption>
            ${caption}
          </caption>`
    }
    <thead>
      <tr>
        ${headings}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`
}
