import { maskedByWords, mayBeSecretItself } from '../masks.ts'
import type { Source, Span } from '../source.ts'
import type { MapNode, Tree } from '../tree.ts'
import type { ParsedSource } from '../yaml-tree.ts'

/** Keys of setup_configuration whose values are shown in a code frame. Everything else may be a secret. */
const SHOWN: ReadonlySet<string> = new Set([
  'identifier', 'label', 'api_type', 'api_root', 'auth_type', 'client_id', 'user_id', 'user_representation',
  'timeout', 'jwt_valid_for', 'authorizations_api_service_identifier', 'naam', 'documentatie_link', 'filters',
  'notifications_api_service_identifier', 'notification_delivery_max_retries', 'notification_delivery_retry_backoff',
  'notification_delivery_retry_backoff_max', 'notification_delivery_base_factor', 'uuid', 'callback_url', 'channels',
  'auth_client_id', 'oauth2_token_url', 'oauth2_scope', 'send_cloudevents', 'cloudevent_filters', 'type_substring',
  'domain', 'name', 'organization', 'env', 'required',
]) // prettier-ignore
/** Keys whose value is a map or list with such keys in it. */
const OPEN: ReadonlySet<string> = new Set([
  'zgw_consumers', 'services', 'autorisaties_api', 'vng_api_common_credentials', 'items', 'notifications_kanalen_config',
  'notifications_config', 'notifications_subscriptions_config', 'notifications_abonnementen_config', 'sites_config',
  'site_config', 'kanalen', 'value_from',
]) // prettier-ignore
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** What of a setup_configuration file is never shown: every value that is not known to be harmless. */
export function hiddenSpans(source: Source, parsed: ParsedSource): Span[] {
  // What is in no tree is known by its words only.
  const lost = parsed.diagnostics.some(({ id }) => id === 'yaml/key' || id === 'document/not-a-map')
  const spans = parsed.parts.flatMap(({ root }) => {
    const found: Span[] = []
    hideMap(root, found)
    return found
  })
  return parsed.wellFormed && !lost ? spans : [...spans, ...maskedByWords(source)]
}

function hideMap(node: MapNode, spans: Span[]): void {
  for (const [name, { key, value }] of [...node.entries, ...(node.repeated ?? [])]) {
    const known = SHOWN.has(name) || OPEN.has(name) || name.endsWith('_enable')
    if (!known && mayBeSecretItself(name, value)) spans.push(key)
    hide(name, value, spans)
    // `secret: &hunter2` makes an anchor of a secret.
    if (!known) spans.push(...restOfLine(key, value))
  }
}

function hide(name: string, value: Tree, spans: Span[]): void {
  if (value.kind === 'map') hideMap(value, spans)
  else if (value.kind === 'list') for (const item of value.items) hide(name, item, spans)
  else if (value.value !== null && !isShown(name, value.value)) spans.push(value)
}

function isShown(name: string, value: string | number | boolean): boolean {
  if (name === 'env') return typeof value === 'string' && NAME.test(value)
  return SHOWN.has(name) || (name.endsWith('_enable') && typeof value === 'boolean')
}

function restOfLine({ source, end }: Span, value: Tree): Span[] {
  if (value.kind !== 'scalar' || value.value !== null) return []
  const [line = ''] = source.text.slice(end).split('\n', 1)
  const colon = /^["']?\s*:?\s*/.exec(line)?.[0].length ?? 0
  return colon === line.length ? [] : [{ source, start: end + colon, end: end + line.length }]
}
