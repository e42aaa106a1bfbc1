import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'

const CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g

/** The certificates in a text of PEM, in their order; undefined when there is none, or one cannot be read. */
export function certificatesIn(pem: string): X509Certificate[] | undefined {
  try {
    const found = (pem.match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text))
    return found.length === 0 ? undefined : found
  } catch {
    return undefined
  }
}

/** What is wrong with a text of PEM that should hold a private key. */
export type KeyProblem = 'not-pem' | 'encrypted'

/** The private key in a text of PEM, or what is wrong with it. */
export function privateKeyIn(pem: string): { key: KeyObject } | { problem: KeyProblem } {
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m.test(pem)) return { problem: 'encrypted' }
  try {
    return { key: createPrivateKey(pem) }
  } catch {
    return { problem: 'not-pem' }
  }
}

/** When the first of several certificates ends, epoch ms. */
export function endOf(certificates: readonly X509Certificate[]): number {
  return Math.min(...certificates.map(({ validTo }) => Date.parse(validTo)))
}
