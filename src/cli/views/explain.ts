import type { Explained, ExplainedKey } from '../../config/explain.ts'
import { flow } from '../../config/flow.ts'
import { columns, wrap } from './columns.ts'
import type { Style } from './style.ts'

const WIDTH = 100

/** What a place in the document is for, what may stand there and what comes below it. */
export function renderExplained(explained: Explained, style: Style, terminal: number | undefined): string {
  const { path, title, description, type, required, secret, keys } = explained
  const facts = [
    ['Type', plain(type) + (required ? ', required' : '')],
    ...('default' in explained ? [['Default', flow(explained.default)]] : []),
    ...(explained.deprecated ? [['Deprecated', 'it still works, and will go']] : []),
    ...exampleRows(explained),
    ...environmentOf(explained),
  ] as [string, string][]
  const lines = [
    `${style.bold(path === '' ? 'bode.yaml' : path)}${title === '' ? '' : `  ${title}`}`,
    '',
    ...wrap(plain(description), Math.min(terminal ?? WIDTH, WIDTH) - 2).map((line) => `  ${line}`),
    '',
    ...columns(facts, terminal),
    ...(keys.length === 0 ? [] : ['', style.bold(secret ? 'One of' : 'Keys'), ...columns(keys.map(keyRow), terminal)]),
  ]
  return `${lines.join('\n')}\n`
}

/** Words on one line, anything with parts on its own. */
function exampleRows({ examples }: Explained): string[][] {
  const shown = examples.map(flow)
  const lines = examples.some((example) => typeof example === 'object') ? shown : [shown.join(', ')].filter(Boolean)
  return lines.map((line, index) => [index === 0 ? 'Examples' : '', line])
}

function environmentOf({ secret, variables }: Explained): string[][] {
  if (secret) return [['Environment', '{ env: NAME } is the variable NAME, or the file that NAME_FILE names']]
  return variables ? [['Environment', '${NAME} and ${NAME:-default} may stand in it']] : []
}

function keyRow(key: ExplainedKey): [string, string] {
  const more = key.required ? ', required' : 'default' in key ? `, default ${flow(key.default)}` : ''
  return [
    key.key === '*' ? '* (a name of your own)' : key.key,
    `${key.title === '' ? '' : `${key.title} `}(${plain(key.type)}${more})`,
  ]
}

/** Markdown without its marks: on a terminal they are noise. */
function plain(markdown: string): string {
  return markdown.replaceAll('`', '').replaceAll('**', '')
}
