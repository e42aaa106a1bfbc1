import { TLS_PARTS } from '../../common/model.ts'
import { autorisatieOf } from '../normalise.ts'
import { entriesOf, type Finding, type Rule } from './rule.ts'

const PRODUCTION = 'production'
const DEVELOPMENT = 'dev'

/** In production the root of the URLs in responses may not depend on the Host header of a request. */
export const publicUrlInProduction: Rule = {
  id: 'public-url/missing',
  check({ document, complete }) {
    if (document.metadata?.environment !== PRODUCTION || document.publicUrl !== undefined) return []
    if (!complete('publicUrl')) return []
    return [
      {
        severity: 'error',
        message: 'publicUrl is required with metadata.environment: production',
        help: ['for example: publicUrl: https://notificaties.gemeente.local'],
        at: ['metadata', 'environment'],
      },
    ]
  },
}

/** Tokens, API keys and notificaties over http can be read on the way. */
export const httpInProduction: Rule = {
  id: 'url/http-in-production',
  check({ document }) {
    if (document.metadata?.environment !== PRODUCTION) return []
    const autorisatie = autorisatieOf(document.autorisaties)
    const urls: [readonly string[], string | undefined][] = [
      [[...(autorisatie?.path ?? []), 'apiRoot'], autorisatie?.value.apiRoot],
      [['publicUrl'], document.publicUrl],
      [['alerts', 'url'], document.alerts?.url],
      ...entriesOf(document.externalCredentials).map(([name, { apiRoot }]): [string[], string] => [
        ['externalCredentials', name, 'apiRoot'],
        apiRoot,
      ]),
      ...entriesOf(document.abonnementen).flatMap(([name, { callbackUrl, auth }]): [string[], string | undefined][] => [
        [['abonnementen', name, 'callbackUrl'], callbackUrl],
        [['abonnementen', name, 'auth', 'tokenUrl'], 'tokenUrl' in auth ? auth.tokenUrl : undefined],
      ]),
    ]
    return urls
      .filter(([, url]) => url?.toLowerCase().startsWith('http://'))
      .map(([at]) => ({
        severity: 'warning',
        message: 'http in production: whoever is on the way can read it',
        at,
        prefer: 'value',
      }))
  },
}

/** A literal secret in a document is a secret in git. */
export const literalOutsideDevelopment: Rule = {
  id: 'secret/insecure-literal',
  check({ document }) {
    if (document.metadata === undefined || document.metadata.environment === DEVELOPMENT) return []
    const references: [string[], object | undefined][] = [
      [['alerts', 'authorization'], document.alerts?.authorization],
      ...entriesOf(document.externalCredentials).map(([name, { secret }]): [string[], object] => [
        ['externalCredentials', name, 'secret'],
        secret,
      ]),
      ...[
        ...entriesOf(document.externalCredentials).map(
          ([name, { tls }]) => ['externalCredentials', name, tls] as const,
        ),
        ...entriesOf(document.abonnementen).map(([name, { tls }]) => ['abonnementen', name, tls] as const),
      ].flatMap(([section, name, tls]) =>
        TLS_PARTS.map((part): [string[], object | undefined] => [[section, name, 'tls', part], tls?.[part]]),
      ),
      [['egress', 'ca'], document.egress?.ca],
      ...entriesOf(document.clientCredentials).flatMap(([name, client]): [string[], object | undefined][] => [
        [['clientCredentials', name, 'secret'], client.secret],
        [['clientCredentials', name, 'previousSecret'], client.previousSecret],
      ]),
      ...entriesOf(document.abonnementen).flatMap(([name, { auth, signing }]): [string[], object | undefined][] => [
        [['abonnementen', name, 'signing', 'secret'], signing?.secret],
        [['abonnementen', name, 'signing', 'previousSecret'], signing?.previousSecret],
        [['abonnementen', name, 'auth', 'value'], 'value' in auth ? auth.value : undefined],
        [['abonnementen', name, 'auth', 'secret'], 'secret' in auth ? auth.secret : undefined],
      ]),
    ]
    return references.filter(([, reference]) => reference && 'insecureLiteral' in reference).map(([at]) => literal(at))
  },
}

function literal(at: readonly string[]): Finding {
  return {
    severity: 'error',
    message: 'insecureLiteral is only for metadata.environment: dev',
    help: ['write { env: NAME } or { file: PATH }'],
    at: [...at, 'insecureLiteral'],
  }
}
