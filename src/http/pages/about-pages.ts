import type { Scope } from '../../common/model.ts'
import { html, page } from './html.ts'

const SCOPES: Readonly<Record<Scope, string>> = {
  'notificaties.consumeren':
    'Abonnementen nemen, en eigen abonnementen wijzigen en opzeggen; kanalen en abonnementen lezen.',
  'notificaties.publiceren':
    'Kanalen maken en wijzigen, notificaties en CloudEvents publiceren; kanalen en abonnementen lezen.',
}

/** The scopes that an applicatie can have for component nrc. */
export function scopesPage(root: string): string {
  const terms = Object.entries(SCOPES).map(
    ([scope, means]) =>
      html`<dt><code>${scope}</code></dt>
        <dd>${means}</dd>`,
  )
  return page(
    root,
    'Scopes',
    html`<p>Een applicatie krijgt deze scopes in de Autorisaties API, voor component <code>nrc</code>.</p>
      <dl>${terms}</dl>`,
  )
}

/** What is behind the root address. */
export function startPage(root: string): string {
  const links = [
    html`<li><a href="${root}/api/v1/schema/">De API beschreven</a></li>`,
    html`<li><a href="${root}/api/v1/openapi.yaml">OpenAPI-document (YAML)</a></li>`,
    html`<li><a href="${root}/api/v1/openapi.json">OpenAPI-document (JSON)</a></li>`,
    html`<li><a href="${root}/ref/fouten/">Fouten en wat eraan te doen is</a></li>`,
    html`<li><a href="${root}/ref/scopes/">Scopes</a></li>`,
  ]
  return page(
    root,
    'Notificaties API',
    html`<p>Publiceer notificaties op kanalen en abonneer je erop. De API staat op <code>${root}/api/v1/</code>.</p>
      <ul>
        ${links}
      </ul>`,
  )
}
