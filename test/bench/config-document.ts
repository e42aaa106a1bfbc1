import { join } from 'node:path'

export type BenchDocument = {
  text: string
  objects: number
  /** By file: a value for every secret that it refers to. */
  secrets: ReadonlyMap<string, string>
}

/**
 * A configuration of about `objects` objects in the proportions of a very large municipality: two thirds
 * abonnementen (most with a secret, and filters), a quarter clients (one in five rotates), some kanalen
 * and credentials. `revision` changes one field of one kanaal. Its secrets are files in `folder`, as a pod
 * has them: with 8 000 environment variables the YAML parser itself takes three times as long, for it looks
 * one up at every token.
 */
export function benchDocument(objects: number, folder: string, revision = 0): BenchDocument {
  const secrets = new Map<string, string>()
  const secret = (name: string): string => {
    const file = join(folder, name)
    secrets.set(file, `${name}-`.padEnd(44, 'x'))
    return `file: ${file}`
  }
  const externals = numbers(objects * 0.02).map((n) => externalCredential(n, secret))
  const clients = numbers(objects * 0.25).map((n) => clientCredential(n, secret))
  const kanalen = numbers(objects * 0.07).map((n) => kanaal(n, n === 0 ? revision : 0))
  const others = externals.length + clients.length + kanalen.length + SETTINGS + 1
  const abonnementen = numbers(objects - others).map((n) => abonnement(n, kanalen.length, secret))
  const sections: [string, string[]][] = [
    ['externalCredentials', externals],
    ['clientCredentials', clients],
    ['kanalen', kanalen],
    ['abonnementen', abonnementen],
  ]
  const text = HEAD + sections.map(([name, entries]) => `\n${name}:\n${entries.join('')}`).join('')
  return { text, objects: others + abonnementen.length, secrets }
}

const SETTINGS = 4
const HEAD = `# A configuration of the size that no municipality has.
apiVersion: bode/v1
kind: Configuration
metadata:
  name: bench
  environment: test
autorisaties:
  apiRoot: https://open-zaak.gemeente.example/autorisaties/api/v1/
  credential: api-0
publicUrl: https://notificaties.gemeente.example
delivery: { maxConcurrency: 8, timeout: 10s, retry: { maxRetries: 7, backoff: 25s, baseFactor: 4, backoffMax: 52000s } }
egress:
  policy: private
  allow: [127.0.0.0/8]
tokens: { maxAge: 1h, leeway: 30s }
`

/** The reference to a secret of this name. */
type Refer = (name: string) => string

function externalCredential(n: number, secret: Refer): string {
  return `  api-${n}:
    apiRoot: https://api-${n}.gemeente.example/
    label: API number ${n}
    clientId: bode-${n}
    secret: { ${secret(`api-${n}`)} }
`
}

function clientCredential(n: number, secret: Refer): string {
  const previous =
    n % 5 === 0 ? `    previousSecret: { ${secret(`application-${n}-old`)}, expiresAt: 2099-01-15T00:00:00Z }\n` : ''
  return `  application-${n}:
    secret: { ${secret(`application-${n}`)} }
${previous}${n % 3 === 0 ? '    authorizedBy: configuration\n    scopes: [notificaties.consumeren, notificaties.publiceren]\n' : ''}`
}

function kanaal(n: number, revision: number): string {
  return `  kanaal-${n}:
    documentatieLink: https://open-zaak.gemeente.example/ref/kanalen/#/kanaal-${n}${revision === 0 ? '' : `-${revision}`}
    filters: [bronorganisatie, zaaktype, vertrouwelijkheidaanduiding]
`
}

function abonnement(n: number, kanalen: number, secret: Refer): string {
  return `  abonnement-${n}:
    callbackUrl: https://subscriber-${n}.gemeente.example/rest/notificaties
${authentication(n, secret)}    kanalen:
      - naam: kanaal-${n % kanalen}
        filters:
          bronorganisatie: "${String(100_000_000 + n)}"
          zaaktype: https://open-zaak.gemeente.example/catalogi/api/v1/zaaktypen/${n}
        acties: [create, update]
${n % 4 === 0 ? `      - naam: kanaal-${(n + 1) % kanalen}\n` : ''}${n % 10 === 0 ? '    delivery: { timeout: 30s }\n' : ''}`
}

function authentication(n: number, secret: Refer): string {
  if (n % 4 === 0) return '    auth: { type: no_auth }\n'
  if (n % 4 === 1) return `    auth: { type: zgw, clientId: bode, secret: { ${secret(`subscriber-${n}`)} } }\n`
  return `    auth: { type: api_key, value: { ${secret(`subscriber-${n}`)} } }\n`
}

function numbers(count: number): number[] {
  return Array.from({ length: Math.round(count) }, (_, index) => index)
}
