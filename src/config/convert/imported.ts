import type { AbonnementSpec } from '../../common/model.ts'
import type { Given, OnAbonnement } from '../../common/open-notificaties.ts'
import { Secret } from '../../common/secret.ts'
import { CALLABLE_SCHEMES, isWebAddress } from '../../common/web-address.ts'
import { plainText } from './variable.ts'

/** An abonnement that a client made through the API of Open Notificaties, to be that client's here too. */
export type ImportedAbonnement = { id: string; clientId: string; spec: AbonnementSpec; auth: Secret }

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * The abonnement as the API would have made it here; undefined when the API could not have: it belongs
 * to no client, authenticates in another way, or its callback or auth cannot be used. Such a one is
 * declared in the document instead.
 */
export function asImported(abonnement: OnAbonnement): ImportedAbonnement | undefined {
  const { uuid, callbackUrl, authType, auth, clientId, sendCloudEvents, groups, eventGroups, certificates } = abonnement
  const url = plainText(callbackUrl) ?? ''
  const client = plainText(clientId) ?? ''
  const value = auth?.value ?? new Secret('')
  if (!UUID.test(uuid) || client === '' || authType !== 'api_key' || certificates) return undefined
  if (!isCallable(url) || !/^[\t\u0020-\u007e]*$/.test(value.reveal())) return undefined
  const filters = eventGroups.map((group) => ({
    typeSubstring: plainText(group.typeSubstring) ?? '',
    filters: textsOf(group.filters),
  }))
  const spec: AbonnementSpec = {
    callbackUrl: url,
    auth: { type: 'api_key' },
    kanalen: groups.map((group) => ({
      naam: plainText(group.naam) ?? '',
      filters: textsOf(group.filters),
      acties: [],
      resources: [],
    })),
    cloudEvents: { send: sendCloudEvents === true, filters },
    delivery: {},
  }
  return { id: uuid, clientId: client, spec, auth: value }
}

/** Without the names of no kenmerk, like `#actie`, which let everything pass in Open Notificaties. */
function textsOf(filters: Record<string, Given>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filters).flatMap(([key, value]): [string, string][] =>
      key === '' || key.startsWith('#') || typeof value !== 'string' ? [] : [[key, value]],
    ),
  )
}

function isCallable(url: string): boolean {
  if (!isWebAddress(url, CALLABLE_SCHEMES)) return false
  const { username, password } = new URL(url)
  return username === '' && password === ''
}
