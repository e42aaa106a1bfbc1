import { isObject } from '../common/field-rules.ts'

/** What a decision needs of an applicatie; nothing else of it is kept. */
export type Applicatie = { uuid: string; heeftAlleAutorisaties: boolean; scopes: string[] }

/**
 * Takes an applicatie out of the Autorisaties API's answer. Undefined for one that cannot be read or is
 * not about `clientId`: an API that ignores the query would otherwise hand out everybody's rights. What
 * it says of other components is not even looked at, so that it cannot be wrong.
 */
export function readApplicatie(value: unknown, clientId: string, component: string): Applicatie | undefined {
  if (!isObject(value)) return undefined
  const { url, clientIds, heeftAlleAutorisaties, autorisaties } = value
  if (typeof url !== 'string' || !Array.isArray(clientIds) || !clientIds.includes(clientId)) return undefined
  return {
    uuid: url.replace(/\/+$/, '').split('/').at(-1) ?? '',
    heeftAlleAutorisaties: heeftAlleAutorisaties === true,
    scopes: Array.isArray(autorisaties) ? scopesOf(autorisaties, component) : [],
  }
}

function scopesOf(autorisaties: readonly unknown[], component: string): string[] {
  const scopes = autorisaties
    .filter(isObject)
    .filter((each) => each['component'] === component)
    .flatMap((each): unknown[] => (Array.isArray(each['scopes']) ? each['scopes'] : []))
    .filter((scope) => typeof scope === 'string')
  return [...new Set(scopes)]
}
