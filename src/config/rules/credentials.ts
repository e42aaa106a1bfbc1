import { quoted } from '../quoted.ts'
import { autorisatieOf, normaliseApiRoot } from '../normalise.ts'
import { entriesOf, type Rule } from './rule.ts'

/** Without a credential Bode cannot ask the Autorisaties API anything. */
export const autorisatiesCredential: Rule = {
  id: 'autorisaties/no-credential',
  check({ document, names, complete }) {
    const found = autorisatieOf(document.autorisaties)
    if (found === undefined) return []
    const { path, value } = found
    if (value.credential !== undefined) {
      if (names('externalCredentials').has(value.credential)) return []
      const message = `there is no external credential ${quoted(value.credential)}`
      const help = [`declared: ${[...names('externalCredentials')].join(', ') || 'none'}`]
      return [{ severity: 'error', message, help, at: [...path, 'credential'], prefer: 'value' }]
    }
    const apiRoot = normaliseApiRoot(value.apiRoot)
    const roots = entriesOf(document.externalCredentials).map(([, { apiRoot }]) => normaliseApiRoot(apiRoot))
    if (!complete('externalCredentials') || roots.some((root) => apiRoot.startsWith(root))) return []
    return [
      {
        severity: 'error',
        message: 'no external credential has an API root that this one begins with',
        help: ['declare one under externalCredentials with this apiRoot, or name one with credential: NAME'],
        at: [...path, 'apiRoot'],
        prefer: 'value',
      },
    ]
  },
}

/** Of two equal API roots neither is the longest: which credential is used would be chance. */
export const duplicateApiRoot: Rule = {
  id: 'credential/duplicate-api-root',
  check({ document }) {
    const first = new Map<string, string>()
    return entriesOf(document.externalCredentials).flatMap(([name, { apiRoot }]) => {
      const root = normaliseApiRoot(apiRoot)
      const other = first.get(root)
      if (other === undefined) {
        first.set(root, name)
        return []
      }
      const message = `external credential ${quoted(other)} has this API root too`
      return [{ severity: 'error', message, at: ['externalCredentials', name, 'apiRoot'], prefer: 'value' }]
    })
  },
}

/** A client that nobody authorizes gets 403 on everything. */
export const clientWithoutScopes: Rule = {
  id: 'client/no-scopes',
  check({ document, complete }) {
    const configured = Object.keys(document.autorisaties ?? {}).length > 0 || !complete('autorisaties')
    return entriesOf(document.clientCredentials).flatMap(([clientId, client]) => {
      const at = ['clientCredentials', clientId]
      if (client.authorizedBy === 'configuration') {
        if ((client.scopes ?? []).length > 0) return []
        const help = ['add scopes: [notificaties.publiceren], or [notificaties.consumeren]']
        return [
          { severity: 'warning', message: `client ${quoted(clientId)} has no scopes and may do nothing`, help, at },
        ]
      }
      if (configured) return []
      return [
        {
          severity: 'warning',
          message: `client ${quoted(clientId)} is authorized by the Autorisaties API, and none is configured`,
          help: ['configure autorisaties, or write authorizedBy: configuration and scopes: [...]'],
          at,
        },
      ]
    })
  },
}

/** Scopes beside `authorizedBy: autorisaties` would be accepted and ignored. */
export const scopesNeedConfiguration: Rule = {
  id: 'client/ignored-scopes',
  check({ document }) {
    return entriesOf(document.clientCredentials)
      .filter(([, client]) => client.scopes !== undefined && client.authorizedBy !== 'configuration')
      .map(([clientId]) => ({
        severity: 'error',
        message: 'scopes are only used with authorizedBy: configuration',
        help: ['add authorizedBy: configuration, or leave out scopes and grant them in the Autorisaties API'],
        at: ['clientCredentials', clientId, 'scopes'],
      }))
  },
}
