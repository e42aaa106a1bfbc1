import { isObject } from '../common/field-rules.ts'

/** What a decision needs of an applicatie; nothing else of it is kept. The uuid is null when its url has none. */
export type Applicatie = { uuid: string | null; heeftAlleAutorisaties: boolean; scopes: string[] }

/**
 * Takes an applicatie out of the Autorisaties API's answer. Undefined for one that cannot be read or is
 * not about `clientId`: an API that ignores the query would otherwise hand out everybody's rights. What
 * it says of other components is not even looked at, so that it cannot be wrong.
 */
export function readApplicatie(value: unknown, clientId: string, component: string): Applicatie | undefined {
  if (!isObject(value)) return undefined
  const { url, clientIds, heeftAlleAutorisaties, autorisaties } = value
  if (!Array.isArray(clientIds) || !clientIds.includes(clientId)) return undefined
  return {
    uuid: typeof url === 'string' ? uuidOf(url) : null,
    heeftAlleAutorisaties: heeftAlleAutorisaties === true,
    scopes: Array.isArray(autorisaties) ? scopesOf(autorisaties, component) : [],
  }
}

/** The uuid in which the URL of an applicatie ends, in lower case; null when it ends in something else. */
export function uuidOf(url: string): string | null {
  const last = url.replace(/\/+$/, '').split('/').at(-1) ?? ''
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(last) ? last.toLowerCase() : null
}

function scopesOf(autorisaties: readonly unknown[], component: string): string[] {
  const scopes = autorisaties
    .filter(isObject)
    .filter((each) => each['component'] === component)
    .flatMap((each): unknown[] => (Array.isArray(each['scopes']) ? each['scopes'] : []))
    .filter((scope) => typeof scope === 'string')
  return [...new Set(scopes)]
}
