import { Problem } from '../common/problem.ts'
import type { ClientMay } from '../common/model.ts'
import { clientOwner, type Abonnement, type Identity } from '../common/snapshot.ts'

/** The refusal of a change to what a configuration declares. */
export function managedByConfiguration({ owner }: Identity): Problem {
  return new Problem('denied', {
    code: 'managed-by-configuration',
    detail: `Dit object wordt beheerd door de configuratie "${owner}" en kan niet via de API gewijzigd worden.`,
  })
}

/** Throws Problem `denied` unless `clientId` made the object. */
export function demandOwner({ owner }: Identity, clientId: string): void {
  if (owner === clientOwner(clientId)) return
  throw new Problem('denied', {
    detail: 'Alleen de client die dit abonnement heeft aangemaakt mag het wijzigen of verwijderen.',
  })
}

/** What `clientId` may change of an abonnement that a configuration declares; nothing, unless it was declared for it. */
export function permissionsOf({ client }: Pick<Abonnement, 'client'>, clientId: string): readonly ClientMay[] {
  return client?.clientId === clientId ? client.may : []
}
