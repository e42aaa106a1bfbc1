import type { AbonnementSpec, KanaalSpec } from '../common/model.ts'
import type { AuditEntry } from '../db/audit.ts'

/** Who writes through the API: a client, and the person or system that its token names (null: none). */
export type Writer = { clientId: string; userId?: string | null | undefined }

export type CatalogAction = 'create' | 'update' | 'delete'

/** A write to a kanaal, for the audit: what is different, before and after. */
export function kanaalEntry(
  by: Writer,
  action: CatalogAction,
  naam: string,
  { before, after }: { before?: KanaalSpec | undefined; after?: KanaalSpec | undefined },
): AuditEntry {
  const facts = (spec: KanaalSpec | undefined) =>
    spec && { documentatieLink: withoutQuery(spec.documentatieLink), filters: spec.filters }
  return entryOf(by, `kanaal.${action}`, `kanaal ${naam}`, differences(facts(before), facts(after)))
}

/**
 * A write to an abonnement, for the audit: what is different, before and after. Of its secret only that it was set; of
 * a callbackUrl the host, because path and query may be a secret; of filters the names, because their values are data
 * of messages. The log has this entry too.
 */
export function abonnementEntry(
  by: Writer,
  action: CatalogAction,
  id: string,
  { before, after, authSet }: { before?: AbonnementSpec; after?: AbonnementSpec; authSet?: boolean },
): AuditEntry {
  const facts = (spec: AbonnementSpec | undefined) =>
    spec && {
      callbackUrl: spec.callbackUrl,
      auth: spec.auth.type,
      kanalen: spec.kanalen,
      cloudEvents: spec.cloudEvents,
    }
  const shown = (spec: AbonnementSpec | undefined) =>
    spec && {
      callbackUrl: originOf(spec.callbackUrl),
      auth: spec.auth.type,
      kanalen: spec.kanalen.map((entry) => ({ ...entry, filters: Object.keys(entry.filters) })),
      cloudEvents: { send: spec.cloudEvents.send, filters: spec.cloudEvents.filters.length },
    }
  const different = differences(facts(before), facts(after), [shown(before), shown(after)])
  const detail = { ...different, ...(authSet === true ? { authSet } : {}) }
  return entryOf(by, `abonnement.${action}`, `abonnement ${id}`, detail)
}

function entryOf({ clientId, userId }: Writer, action: string, subject: string, detail: object): AuditEntry {
  const user = userId === undefined || userId === null ? {} : { userId }
  return { actor: `client:${clientId}`, action, subject, result: 'done', detail: { ...user, ...detail } }
}

type Facts = Readonly<Record<string, unknown>> | undefined

/** What is different, as `shown` says it: of what is shown in part both sides may look the same. */
function differences(
  before: Facts,
  after: Facts,
  [shownBefore, shownAfter]: readonly [Facts, Facts] = [before, after],
): { before?: object; after?: object } {
  const names = Object.keys(before ?? after ?? {}).filter(
    (name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]),
  )
  const only = (facts: Readonly<Record<string, unknown>>): object =>
    Object.fromEntries(names.map((name) => [name, facts[name]]))
  return {
    ...(shownBefore === undefined ? {} : { before: only(shownBefore) }),
    ...(shownAfter === undefined ? {} : { after: only(shownAfter) }),
  }
}

function withoutQuery(url: string): string {
  if (!URL.canParse(url)) return url.replace(/[?#].*$/s, '')
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** Scheme and host, nothing of what is no URL. */
function originOf(url: string): string | null {
  if (!URL.canParse(url)) return null
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}
