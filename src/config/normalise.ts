import type { AutorisatieValue } from './schema/autorisaties.ts'
import type { ConfigurationDocument } from './schema.ts'

/** An API root ends in a slash, so that one root is not the beginning of another name. */
export function normaliseApiRoot(apiRoot: string): string {
  return apiRoot.endsWith('/') ? apiRoot : `${apiRoot}/`
}

/** The key of an autorisaties section that is written without a name. */
export const UNNAMED_AUTORISATIES = 'default'

/** The one entry of autorisaties in either of its forms, with the path to it. */
export function autorisatieOf(
  section: ConfigurationDocument['autorisaties'],
): { key: string; path: string[]; value: AutorisatieValue } | undefined {
  if (section === undefined) return undefined
  if (typeof section.apiRoot === 'string') {
    return { key: UNNAMED_AUTORISATIES, path: ['autorisaties'], value: section as AutorisatieValue }
  }
  const [entry] = Object.entries(section as Record<string, AutorisatieValue>)
  return entry && { key: entry[0], path: ['autorisaties', entry[0]], value: entry[1] }
}
