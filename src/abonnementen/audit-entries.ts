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
 * A write to an abonnement, for the audit: what is different, before and after. Of its secret only that it was set;
 * of a callbackUrl not the query, which may be one.
 */
export function abonnementEntry(
  by: Writer,
  action: CatalogAction,
  id: string,
  { before, after, authSet }: { before?: AbonnementSpec; after?: AbonnementSpec; authSet?: boolean },
): AuditEntry {
  const facts = (spec: AbonnementSpec | undefined) =>
    spec && {
      callbackUrl: withoutQuery(spec.callbackUrl),
      auth: spec.auth.type,
      kanalen: spec.kanalen,
      cloudEvents: spec.cloudEvents,
    }
  const detail = { ...differences(facts(before), facts(after)), ...(authSet === true ? { authSet } : {}) }
  return entryOf(by, `abonnement.${action}`, `abonnement ${id}`, detail)
}

function entryOf({ clientId, userId }: Writer, action: string, subject: string, detail: object): AuditEntry {
  const user = userId === undefined || userId === null ? {} : { userId }
  return { actor: `client:${clientId}`, action, subject, result: 'done', detail: { ...user, ...detail } }
}

type Facts = Readonly<Record<string, unknown>> | undefined

function differences(before: Facts, after: Facts): { before?: object; after?: object } {
  const names = Object.keys(before ?? after ?? {}).filter(
    (name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]),
  )
  const only = (facts: Readonly<Record<string, unknown>>): object =>
    Object.fromEntries(names.map((name) => [name, facts[name]]))
  return {
    ...(before === undefined ? {} : { before: only(before) }),
    ...(after === undefined ? {} : { after: only(after) }),
  }
}

function withoutQuery(url: string): string {
  if (!URL.canParse(url)) return url.replace(/[?#].*$/s, '')
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
