import { entriesOf, type Finding, type Rule } from './rule.ts'

type Holder = { at: string[]; url: string; tls: { certificate?: object; key?: object } | undefined }

function holders({ document }: Parameters<Rule['check']>[0]): Holder[] {
  return [
    ...entriesOf(document.externalCredentials).map(([name, { apiRoot, tls }]) => ({
      at: ['externalCredentials', name, 'tls'],
      url: apiRoot,
      tls,
    })),
    ...entriesOf(document.abonnementen).map(([name, { callbackUrl, tls }]) => ({
      at: ['abonnementen', name, 'tls'],
      url: callbackUrl,
      tls,
    })),
  ].filter(({ tls }) => tls !== undefined)
}

/** A certificate is proven with its key. */
export const certificateNeedsKey: Rule = {
  id: 'tls/incomplete',
  check: (input) =>
    holders(input).flatMap(({ at, tls }): Finding[] => {
      if ((tls?.certificate === undefined) === (tls?.key === undefined)) return []
      const [there, missing] = tls?.key === undefined ? ['certificate', 'key'] : ['key', 'certificate']
      const message = `${there} needs ${missing}: without it no certificate can be shown`
      const help = [`add ${missing}: { file: PATH }, or leave ${there} out`]
      return [{ severity: 'error', message, help, at: [...at, there] }]
    }),
}

/** On http there is nobody to show a certificate to, and none to check. */
export const tlsNeedsHttps: Rule = {
  id: 'tls/not-https',
  check: (input) =>
    holders(input)
      .filter(({ url }) => url.toLowerCase().startsWith('http://'))
      .map(({ at }) => ({ severity: 'warning', message: 'the URL begins with http://, so this is not used', at })),
}
