import { emptyOpenNotificaties, type OpenNotificaties, type OnRetry } from '../../common/open-notificaties.ts'
import { Secret } from '../../common/secret.ts'
import { lineSpan, positionOf, type Source, type Span } from '../source.ts'
import type { Findings } from './findings.ts'

// Open Notificaties 1.6 and 1.7 were set up with environment variables; this reads a file of them.

type Variable = { name: string; value: string; key: Span; at: Span }

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/
const NAMES: ReadonlySet<string> = new Set([
  'OPENNOTIFICATIES_DOMAIN', 'OPENNOTIFICATIES_ORGANIZATION', 'AUTORISATIES_API_ROOT', 'NOTIF_OPENZAAK_CLIENT_ID',
  'NOTIF_OPENZAAK_SECRET', 'OPENZAAK_NOTIF_CLIENT_ID', 'OPENZAAK_NOTIF_SECRET', 'NOTIFICATION_DELIVERY_MAX_RETRIES',
  'NOTIFICATION_DELIVERY_RETRY_BACKOFF', 'NOTIFICATION_DELIVERY_RETRY_BACKOFF_MAX', 'SITES_CONFIG_ENABLE',
  'AUTHORIZATION_CONFIG_ENABLE', 'OPENZAAK_NOTIF_CONFIG_ENABLE', 'NOTIFICATION_RETRY_CONFIG_ENABLE',
]) // prettier-ignore

/** True for a file of `NAME=value` lines. */
export function isEnvironmentFile({ text }: Source): boolean {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trim().startsWith('#'))
  return lines.length > 0 && lines.every((line) => ASSIGNMENT.test(line))
}

/** What the environment-variable style of Open Notificaties 1.6 and 1.7 made of an empty database. */
export function readEnvironmentFile(source: Source, findings: Findings): OpenNotificaties {
  const variables = new Map(variablesIn(source).map((variable) => [variable.name, variable]))
  const facts = emptyOpenNotificaties()
  const isOn = (flag: string): boolean => isEnabled(variables, flag, findings)
  if (isOn('SITES_CONFIG_ENABLE')) facts.domain = variables.get('OPENNOTIFICATIES_DOMAIN')?.value
  if (isOn('AUTHORIZATION_CONFIG_ENABLE')) addAutorisaties(variables, facts, findings)
  if (isOn('OPENZAAK_NOTIF_CONFIG_ENABLE')) addCredential(variables, facts, findings)
  if (isOn('NOTIFICATION_RETRY_CONFIG_ENABLE')) addRetry(variables, facts, findings)
  const others = [...variables.values()].filter(({ name }) => !NAMES.has(name))
  if (others.length > 0) {
    findings.warn(positionOf(others[0]!.key), {
      id: 'skipped',
      message: 'what is not configuration of kanalen, clients and credentials is left out',
      help: [others.map(({ name }) => name).join(', ')],
    })
  }
  return facts
}

/** What of the file is never shown: every value. */
export function hiddenInEnvironmentFile(source: Source): Span[] {
  return variablesIn(source).map(({ at }) => at)
}

function variablesIn(source: Source): Variable[] {
  return [...source.lineStarts.keys()].flatMap((index) => {
    const { start, end } = lineSpan(source, index)
    const line = source.text.slice(start, end)
    const [, name, written = ''] = ASSIGNMENT.exec(line) ?? []
    if (name === undefined) return []
    const from = start + line.indexOf(name)
    const at = { source, start: end - written.length, end }
    return [{ name, value: unquoted(written.trim()), key: { source, start: from, end: from + name.length }, at }]
  })
}

function unquoted(text: string): string {
  return /^(["'])(.*)\1$/.exec(text)?.[2] ?? text
}

/** 1.6 ran every step, 1.7.1 none of its own accord: a flag that is absent is taken as on. */
function isEnabled(variables: ReadonlyMap<string, Variable>, flag: string, findings: Findings): boolean {
  const found = variables.get(flag)
  if (found === undefined || ['true', '1', 'yes', 'y', 'on', 't'].includes(found.value.toLowerCase())) return true
  findings.warn(positionOf(found.key), {
    id: 'step-disabled',
    message: `${flag} is not true, so its variables are left out`,
  })
  return false
}

type Facts = { variables: ReadonlyMap<string, Variable> }

function addAutorisaties(variables: Facts['variables'], facts: OpenNotificaties, findings: Findings): void {
  const root = variables.get('AUTORISATIES_API_ROOT')
  if (root === undefined || root.value === '') return
  const clientId = variables.get('NOTIF_OPENZAAK_CLIENT_ID')?.value ?? ''
  const slug = 'open-zaak-autorisaties'
  const origin = { shown: 'the Autorisaties API', position: positionOf(root.key) }
  const organization = variables.get('OPENNOTIFICATIES_ORGANIZATION')?.value ?? ''
  facts.services.push({
    slug,
    label: 'Open Zaak Autorisaties API',
    apiType: 'ac',
    apiRoot: root.value,
    authType: 'zgw',
    clientId,
    secret: secretOf(variables, 'NOTIF_OPENZAAK_SECRET', findings),
    userId: clientId,
    userRepresentation: `Open Notificaties ${organization}`.trim(),
    origin,
  })
  facts.autorisaties = { service: slug, component: 'nrc', origin }
}

function addCredential(variables: Facts['variables'], facts: OpenNotificaties, findings: Findings): void {
  const client = variables.get('OPENZAAK_NOTIF_CLIENT_ID')
  if (client === undefined || client.value === '') return
  const secret = secretOf(variables, 'OPENZAAK_NOTIF_SECRET', findings)
  const origin = { shown: `client credential ${JSON.stringify(client.value)}`, position: positionOf(client.key) }
  facts.credentials.push({ clientId: client.value, secret, origin })
}

/** The variable keeps its name: what sets it today can set it for Bode. */
function secretOf(variables: Facts['variables'], env: string, findings: Findings): { env: string; value?: Secret } {
  const found = variables.get(env)
  if (found === undefined || found.value === '') return { env }
  findings.warn(positionOf(found.key), {
    id: 'literal-secret',
    message: `the secret ${env} stands in this file; the document refers to the variable`,
  })
  return { env, value: new Secret(found.value) }
}

function addRetry(variables: Facts['variables'], facts: OpenNotificaties, findings: Findings): void {
  const names = ['MAX_RETRIES', 'RETRY_BACKOFF', 'RETRY_BACKOFF_MAX'].map((name) => `NOTIFICATION_DELIVERY_${name}`)
  const [first] = names.flatMap((name) => variables.get(name) ?? [])
  const notes: string[] = []
  const [maxRetries, backoff, backoffMax] = names.map((name) => numberOf(variables.get(name), findings))
  if (first === undefined) return
  const origin = { shown: 'the retry schedule', position: positionOf(first.key) }
  facts.retry = { maxRetries, backoff, backoffMax, baseFactor: undefined, notes, origin }
}

function numberOf(variable: Variable | undefined, findings: Findings): OnRetry['maxRetries'] {
  if (variable === undefined) return undefined
  if (/^\d{1,9}$/.test(variable.value)) return Number(variable.value)
  findings.error(positionOf(variable.key), { id: 'wrong-type', message: `${variable.name} has to be a whole number` })
  return undefined
}
